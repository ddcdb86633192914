import { PAYLOAD_TYPES, type Desired, type DesiredMessage } from '@flotilla/contracts';
import { canonicalJson } from '@flotilla/kernel';
import { createKeyPair, signDsse, signingKeyOf } from '@flotilla/platform-pki';
import { describe, expect, it } from 'vitest';
import { judgeDesired } from './judge-desired.ts';

const signer = createKeyPair('signing');
const stranger = createKeyPair('signing');
const keys = { v: 1 as const, serial: 1, issuedAt: 0, keys: [signingKeyOf(signer.publicKeyPem)] };

const document = (change: Partial<Desired> = {}): Desired => ({
  v: 1,
  deviceId: 'box-1',
  generation: 5,
  issuedAt: 0,
  services: [],
  pinned: [],
  policy: {},
  ...change,
});

function sign(
  desired: Desired,
  { key = signer.privateKeyPem, type = PAYLOAD_TYPES.desired }: { key?: string; type?: string } = {},
): DesiredMessage {
  return {
    v: 1,
    envelope: signDsse({ payloadType: type, payload: canonicalJson(desired), privateKeysPem: [key] }),
  };
}

const judge = (message: DesiredMessage, held?: Desired) =>
  judgeDesired({ message, keys, deviceId: 'box-1', held });

describe('judgeDesired', () => {
  it('accepts a newer document of this device, signed by a trusted key', () => {
    expect(judge(sign(document()))).toEqual({ kind: 'accepted', desired: document() });
    expect(judge(sign(document()), document({ generation: 4 })).kind).toBe('accepted');
  });

  it('knows the document it holds, which a broker sends at every connection', () => {
    expect(judge(sign(document()), document())).toEqual({ kind: 'held' });
  });

  it.each([
    ['an older one', sign(document()), document({ generation: 6 }), 'stale'],
    [
      'another one of the same generation',
      sign(document({ issuedAt: 9 })),
      document(),
      'same-generation-other-content',
    ],
    ['one of another device', sign(document({ deviceId: 'box-2' })), undefined, 'another-device'],
    ['one by a stranger', sign(document(), { key: stranger.privateKeyPem }), undefined, 'unknown-key'],
    [
      'a signed document of another kind',
      sign(document(), { type: PAYLOAD_TYPES.release }),
      undefined,
      'wrong-type',
    ],
    ['something else that is signed', sign({ ...document(), generation: -1 }), undefined, 'not-readable'],
  ])('ignores %s', (_, message, held, reason) => {
    expect(judge(message, held)).toEqual({ kind: 'ignored', reason });
  });

  it('ignores a document that was changed after it was signed', () => {
    const message = sign(document());
    const forged = Buffer.from(canonicalJson(document({ generation: 99 }))).toString('base64');
    expect(judge({ ...message, envelope: { ...message.envelope, payload: forged } })).toEqual({
      kind: 'ignored',
      reason: 'bad-signature',
    });
  });
});
