import { FlotillaError, Sha256, TimeMs } from '@flotilla/contracts';
import { z } from 'zod';

const PREFIX = 'flt1.';

/** Everything a new device needs to find, check and ask its control plane. */
export const JoinToken = z.object({
  v: z.literal(1),
  url: z
    .url({ protocol: /^https$/ })
    .max(512)
    .describe('The device gateway.'),
  fingerprint: Sha256.describe("Of the control plane's authority, pinned before anything is sent."),
  secret: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .describe('32 random bytes in base64url; the control plane keeps only their hash.'),
  expires: TimeMs,
});
export type JoinToken = z.infer<typeof JoinToken>;

/** The token as people paste it: `flt1.` and base64url of its JSON. */
export function formatJoinToken(token: JoinToken): string {
  return PREFIX + Buffer.from(JSON.stringify(JoinToken.parse(token)), 'utf8').toString('base64url');
}

/**
 * Reads a pasted token; white space around and inside it, as mail programs add it, does no harm.
 * Throws `join-token-invalid`, which never quotes the token. Whether it has expired is for the caller to ask.
 */
export function parseJoinToken(text: string): JoinToken {
  const compact = text.replaceAll(/\s/g, '');
  if (!compact.startsWith(PREFIX)) {
    throw invalid(
      /^flt\d+\./.test(compact)
        ? 'it is of a newer version than this agent reads'
        : `it does not begin with ${PREFIX}`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(compact.slice(PREFIX.length), 'base64url').toString('utf8'));
  } catch {
    throw invalid('a part of it is missing or changed');
  }
  const result = JoinToken.safeParse(value);
  if (!result.success)
    throw invalid(`its ${result.error.issues[0]?.path.join('.') || 'content'} is not right`);
  return result.data;
}

function invalid(why: string): FlotillaError {
  return new FlotillaError('join-token-invalid', `The join token cannot be read: ${why}.`, {
    details: { field: 'token', fix: 'Copy the whole token again, or create a new one.' },
  });
}
