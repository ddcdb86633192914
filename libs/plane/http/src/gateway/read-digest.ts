import { FlotillaError, Sha256 } from '@flotilla/contracts';

/** The digest in an address. Throws `invalid-input` for anything else, so that no path is ever made of it. */
export function readDigest(text: string): string {
  const parsed = Sha256.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new FlotillaError('invalid-input', 'The digest is not one: it must be 64 lower-case hex digits.', {
    details: { field: 'digest' },
  });
}
