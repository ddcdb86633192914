import { createHash } from 'node:crypto';
import { z } from 'zod';

/**
 * Everything that a saved state depends on. A state of anything else is foreign: loading it gives nonsense or ends the
 * process.
 */
export const PrefixIdentity = z.strictObject({
  modelDigest: z.string(),
  /** sha256 and scale of the LoRA, if any. */
  adapter: z.string().nullable(),
  engineRelease: z.string(),
  contextTokens: z.int(),
  /** Their number stands in the state, and llama.cpp refuses one of another. */
  sequences: z.int(),
  kvCacheType: z.string(),
  gpu: z.string(),
  gpuLayers: z.int(),
  /** The processor as Node names it: a disk may be put into another box. */
  arch: z.string(),
  /** sha256 of the tokens. */
  tokensDigest: z.string(),
});
export type PrefixIdentity = z.infer<typeof PrefixIdentity>;

/** What stands beside a state on the disk and is believed only after the file was looked at. */
export const PrefixHeader = z.strictObject({
  v: z.literal(1),
  identity: PrefixIdentity,
  tokens: z.int().min(1),
  bytes: z.int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type PrefixHeader = z.infer<typeof PrefixHeader>;

/** The same for the same identity only; names its files. */
export function prefixKey(identity: PrefixIdentity): string {
  const parts = Object.entries(PrefixIdentity.parse(identity)).sort(([left], [right]) =>
    left < right ? -1 : 1,
  );
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

export function tokensDigest(tokens: readonly number[]): string {
  return createHash('sha256').update(Uint32Array.from(tokens)).digest('hex');
}

/** Why a header does not stand for this state; undefined when it does. */
export function whyNot(
  header: PrefixHeader,
  identity: PrefixIdentity,
  file: { bytes: number; sha256: string },
): string | undefined {
  if (prefixKey(header.identity) !== prefixKey(identity)) return 'it was made by something else';
  if (header.bytes !== file.bytes) return 'it has another length';
  return header.sha256 === file.sha256 ? undefined : 'its bytes have changed';
}
