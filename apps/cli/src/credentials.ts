import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';

export const Credentials = z.object({ url: z.url(), token: z.string().min(1) });
export type Credentials = z.infer<typeof Credentials>;

type Env = Readonly<Record<string, string | undefined>>;

/** `$XDG_CONFIG_HOME/flotilla/credentials.json`, or below `~/.config`. */
export function credentialsFile(env: Env): string {
  return join(env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'flotilla', 'credentials.json');
}

/**
 * Where the control plane is and how to sign in: `FLOTILLA_URL` and `FLOTILLA_TOKEN`, else what `flotilla login` kept.
 * @throws FlotillaError `unauthenticated` when there is neither.
 */
export function readCredentials(env: Env): Credentials {
  const kept = readKept(credentialsFile(env));
  const merged = Credentials.safeParse({
    url: env['FLOTILLA_URL'] ?? kept?.url,
    token: env['FLOTILLA_TOKEN'] ?? kept?.token,
  });
  if (merged.success) return merged.data;
  throw new FlotillaError('unauthenticated', 'You are not signed in.', {
    details: {
      fix: 'Run `flotilla login --url http://127.0.0.1:7070 --token-file .flotilla/control-plane/admin-token`.',
    },
  });
}

/** Kept for the user alone: mode 600, replaced as a whole. Returns the file's path. */
export function keepCredentials(credentials: Credentials, env: Env): string {
  const file = credentialsFile(env);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return file;
}

function readKept(file: string): Credentials | undefined {
  try {
    return Credentials.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
