import { generateKeyPairSync } from 'node:crypto';

import { DsseEnvelope, SigningKey } from '@flotilla/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { hashSha256 } from './digest.ts';
import { preAuthEncoding, signDsse, signingKeyOf, verifyDsse } from './dsse.ts';
import { createKeyPair } from './key-pair.ts';

const payloadType = 'application/vnd.flotilla.release+json';
const payload = new TextEncoder().encode('{"name":"assistant"}');
const alice = createKeyPair('signing');
const bob = createKeyPair('signing');
const aliceKey = signingKeyOf(alice.publicKeyPem);
const bobKey = signingKeyOf(bob.privateKeyPem);
const signed = (...pairs: { privateKeyPem: string }[]) =>
  signDsse({ payloadType, payload, privateKeysPem: pairs.map(({ privateKeyPem }) => privateKeyPem) });

describe('preAuthEncoding', () => {
  it('gives the example of the DSSE protocol', () => {
    const encoded = preAuthEncoding({
      payloadType: 'http://example.com/HelloWorld',
      payload: new TextEncoder().encode('hello world'),
    });
    expect(new TextDecoder().decode(encoded)).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  it('counts bytes, not characters', () => {
    const encoded = preAuthEncoding({ payloadType: 'é', payload: new TextEncoder().encode('€') });
    expect(new TextDecoder().decode(encoded)).toBe('DSSEv1 2 é 3 €');
  });

  it('never gives two documents the same bytes', () => {
    const document = fc.record({ payloadType: fc.string(), payload: fc.uint8Array() });
    fc.assert(
      fc.property(document, document, (one, other) => {
        const same =
          one.payloadType === other.payloadType && Buffer.compare(one.payload, other.payload) === 0;
        expect(Buffer.compare(preAuthEncoding(one), preAuthEncoding(other)) === 0).toBe(same);
      }),
    );
  });
});

describe('signDsse and verifyDsse', () => {
  it('accepts what a trusted key signed, and gives the signed bytes back', () => {
    const envelope = signed(alice);
    expect(DsseEnvelope.parse(envelope)).toEqual(envelope);
    expect(verifyDsse({ envelope, keys: [bobKey, aliceKey], payloadType })).toEqual({
      ok: true,
      payload,
      keyId: aliceKey.id,
    });
  });

  it('accepts one trusted signature among others', () => {
    expect(verifyDsse({ envelope: signed(bob, alice), keys: [aliceKey], payloadType })).toMatchObject({
      ok: true,
    });
  });

  it('refuses a key that is not in the set, and an empty set', () => {
    const reason = 'unknown-key';
    expect(verifyDsse({ envelope: signed(bob), keys: [aliceKey], payloadType })).toEqual({
      ok: false,
      reason,
    });
    expect(verifyDsse({ envelope: signed(bob), keys: [], payloadType })).toEqual({ ok: false, reason });
  });

  it('refuses another type, also when the type in the envelope was changed to the expected one', () => {
    const desired = signDsse({
      payloadType: 'application/vnd.flotilla.desired+json',
      payload,
      privateKeysPem: [alice.privateKeyPem],
    });
    expect(verifyDsse({ envelope: desired, keys: [aliceKey], payloadType })).toEqual({
      ok: false,
      reason: 'wrong-type',
    });
    expect(verifyDsse({ envelope: { ...desired, payloadType }, keys: [aliceKey], payloadType })).toEqual({
      ok: false,
      reason: 'bad-signature',
    });
  });

  it('refuses a signature under the id of another key', () => {
    const [signature] = signed(bob).signatures;
    const envelope = { ...signed(alice), signatures: [{ keyid: aliceKey.id, sig: signature!.sig }] };
    expect(verifyDsse({ envelope, keys: [aliceKey, bobKey], payloadType })).toEqual({
      ok: false,
      reason: 'bad-signature',
    });
  });

  it('refuses a set entry whose id is not the digest of its key', () => {
    const forged = { ...bobKey, id: aliceKey.id };
    const [signature] = signed(bob).signatures;
    const envelope = { ...signed(bob), signatures: [{ keyid: aliceKey.id, sig: signature!.sig }] };
    expect(verifyDsse({ envelope, keys: [forged], payloadType })).toEqual({
      ok: false,
      reason: 'unknown-key',
    });
    const garbage = { ...aliceKey, publicKey: 'AAAA', id: hashSha256(Buffer.from('AAAA', 'base64')) };
    const named = { ...envelope, signatures: [{ keyid: garbage.id, sig: signature!.sig }] };
    expect(verifyDsse({ envelope: named, keys: [garbage], payloadType })).toEqual({
      ok: false,
      reason: 'unknown-key',
    });
  });

  it('refuses every change of a single byte of the payload or the signature', () => {
    const envelope = signed(alice);
    const flip = (base64: string, at: number): string => {
      const bytes = Buffer.from(base64, 'base64');
      const index = at % bytes.length;
      bytes[index] = (bytes[index] ?? 0) ^ (1 << (at % 8));
      return bytes.toString('base64');
    };
    fc.assert(
      fc.property(fc.nat(10_000), fc.boolean(), (at, inPayload) => {
        const [signature] = envelope.signatures;
        const changed = inPayload
          ? { ...envelope, payload: flip(envelope.payload, at) }
          : { ...envelope, signatures: [{ ...signature!, sig: flip(signature!.sig, at) }] };
        expect(verifyDsse({ envelope: changed, keys: [aliceKey], payloadType })).toMatchObject({ ok: false });
      }),
    );
  });

  it('takes hostile signatures of any form without throwing', () => {
    fc.assert(
      fc.property(fc.base64String(), fc.base64String(), (sig, body) => {
        const envelope = { payloadType, payload: body, signatures: [{ keyid: aliceKey.id, sig }] };
        expect(verifyDsse({ envelope, keys: [aliceKey], payloadType })).toMatchObject({ ok: false });
      }),
    );
  });
});

describe('signingKeyOf', () => {
  it('gives both halves of a key the same id, the digest of its public half', () => {
    expect(signingKeyOf(alice.privateKeyPem)).toEqual(aliceKey);
    expect(SigningKey.parse(aliceKey)).toEqual(aliceKey);
    expect(aliceKey.id).toBe(hashSha256(Buffer.from(aliceKey.publicKey, 'base64')));
  });

  it('refuses a key of another kind', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(() => signingKeyOf(publicKey)).toThrow('Ed25519');
    expect(() => signingKeyOf('no key at all')).toThrow('Ed25519');
  });
});
