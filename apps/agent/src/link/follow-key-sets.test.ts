import { PAYLOAD_TYPES, type DsseEnvelope, type KeySet } from '@flotilla/contracts';
import { canonicalJson } from '@flotilla/kernel';
import { createKeyPair, signDsse, signingKeyOf } from '@flotilla/platform-pki';
import { describe, expect, it } from 'vitest';
import { followKeySets } from './follow-key-sets.ts';

const [a, b, c, stranger] = Array.from({ length: 4 }, () => createKeyPair('signing'));
type Pair = NonNullable<typeof a>;

const keySet = (serial: number, ...pairs: (Pair | undefined)[]): KeySet => ({
  v: 1,
  serial,
  issuedAt: serial,
  keys: pairs.flatMap((pair) => (pair ? [signingKeyOf(pair.publicKeyPem)] : [])),
});
const signed = (set: KeySet, by: Pair | undefined): DsseEnvelope =>
  signDsse({
    payloadType: PAYLOAD_TYPES.keys,
    payload: canonicalJson(set),
    privateKeysPem: [by?.privateKeyPem ?? ''],
  });

describe('followKeySets', () => {
  const held = keySet(1, a);
  const second = keySet(2, b);
  const third = keySet(3, c);

  it('follows a chain in which each set is signed by a key of the one before', () => {
    expect(
      followKeySets({ held, documents: [signed(held, a), signed(second, a), signed(third, b)] }),
    ).toEqual(third);
  });

  it.each<[string, DsseEnvelope[]]>([
    ['one signed by a stranger', [signed(second, stranger)]],
    ['one that is signed only by its own key', [signed(second, b)]],
    ['one whose predecessor is missing', [signed(third, b)]],
    ['an older one', [signed(keySet(1, stranger), a)]],
    [
      'a document of another kind',
      [
        signDsse({
          payloadType: PAYLOAD_TYPES.release,
          payload: canonicalJson(second),
          privateKeysPem: [a?.privateKeyPem ?? ''],
        }),
      ],
    ],
    ['nothing', []],
  ])('stays with what it holds for %s', (_, documents) => {
    expect(followKeySets({ held, documents })).toEqual(held);
  });
});
