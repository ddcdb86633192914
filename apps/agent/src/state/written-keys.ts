import { open } from 'node:fs/promises';

import { FlotillaError } from '@flotilla/contracts';
import { fileError } from '@flotilla/platform-files';
import { hashApiKey, type StoredApiKey } from '../http/index.ts';
import { KeyName } from './key-file.ts';

/** Bits of a file's mode that let users who are neither its owner nor of its group do anything. */
const OTHERS = 0o007;
const SHORTEST_KEY = 16;

/**
 * Keys of local apps that a person wrote down, `name key` per line; empty lines and those that begin with # are left out.
 *
 * They are good for ever and without bounds. Throws `invalid-config` for a line that is none, and for a file that
 * everyone on the box may open: it holds the keys themselves.
 */
export async function readWrittenKeys(path: string | undefined): Promise<StoredApiKey[]> {
  if (path === undefined) return [];
  const text = await readGuarded(path);
  return text.split('\n').flatMap((line, index) => {
    const content = line.trim();
    if (content === '' || content.startsWith('#')) return [];
    const [id = '', key = '', ...rest] = content.split(/\s+/);
    if (!KeyName.safeParse(id).success || key.length < SHORTEST_KEY || rest.length > 0)
      throw refused(
        path,
        `Line ${index + 1} of ${path} is not \`name key\`.`,
        `A name is lower-case letters, digits, . _ or -, a key at least ${SHORTEST_KEY} characters. Bounds and an expiry are for keys of \`flotilla-agent keys create\`.`,
      );
    return [{ id, sha256: hashApiKey(key) }];
  });
}

/** Mode and text of one open file: another one of that name cannot come between. */
async function readGuarded(path: string): Promise<string> {
  const file = await open(path).catch((error: unknown) => {
    throw fileError({ error, path, doing: 'Reading the API keys in' });
  });
  try {
    const { mode } = await file.stat();
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0)
      throw refused(
        path,
        `Everyone on the box may open ${path} (mode ${(mode & 0o777).toString(8)}), and it holds API keys.`,
        `Run \`chmod o= ${path}\`, and make new keys: these may be known.`,
      );
    return await file.readFile('utf8').catch((error: unknown) => {
      throw fileError({ error, path, doing: 'Reading the API keys in' });
    });
  } finally {
    await file.close();
  }
}

function refused(path: string, message: string, fix: string): FlotillaError {
  return new FlotillaError('invalid-config', message, {
    details: { field: 'http.apiKeysFile', about: path, fix },
  });
}
