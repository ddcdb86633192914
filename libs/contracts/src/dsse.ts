import { z } from 'zod';
import { TimeMs } from './scalars.ts';

/** A DSSE envelope (github.com/secure-systems-lab/dsse): base64 payload, signatures over its PAE. */
export const DsseEnvelope = z
  .object({
    payloadType: z.string().max(128),
    payload: z.base64().max(400_000),
    signatures: z
      .array(z.object({ keyid: z.string().max(64), sig: z.base64().max(256) }))
      .min(1)
      .max(8),
  })
  .meta({ id: 'DsseEnvelope' });
export type DsseEnvelope = z.infer<typeof DsseEnvelope>;

export const PAYLOAD_TYPES = {
  release: 'application/vnd.flotilla.release+json',
  desired: 'application/vnd.flotilla.desired+json',
  keys: 'application/vnd.flotilla.keys+json',
} as const;

/** A public key that may sign releases, desired documents and the next key set. */
export const SigningKey = z
  .object({
    id: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe('SHA-256 of the DER SubjectPublicKeyInfo, lower-case hex.'),
    algorithm: z.literal('ed25519'),
    publicKey: z.base64().max(256).describe('DER SubjectPublicKeyInfo.'),
  })
  .meta({ id: 'SigningKey' });
export type SigningKey = z.infer<typeof SigningKey>;

/** The keys a device trusts. Pinned at join; replaced only by one with a higher serial signed by a key it holds. */
export const KeySet = z
  .object({
    v: z.literal(1),
    serial: z.int().min(1),
    issuedAt: TimeMs,
    keys: z.array(SigningKey).min(1).max(8),
  })
  .meta({ id: 'KeySet' });
export type KeySet = z.infer<typeof KeySet>;
