import { readFile } from 'node:fs/promises';
import type { AccessTokens } from '@flotilla/plane-registry';
import { systemCode, writeFileAtomic } from '@flotilla/platform-files';

const NAME = 'admin';

/**
 * Makes sure that the file holds a token of role admin that works: who can read the data folder is the admin. A file that
 * was lost, or whose token was revoked, is made again, and the token before it ends.
 * @returns the token's id.
 */
export async function ensureAdminToken({
  accessTokens,
  path,
}: {
  accessTokens: AccessTokens;
  path: string;
}): Promise<string> {
  const held = await readAdminToken(path);
  const principal = held === undefined ? undefined : await accessTokens.verify(held);
  if (principal !== undefined) return principal.tokenId;
  const old = (await accessTokens.list()).find(({ name }) => name === NAME);
  if (old !== undefined) await accessTokens.revoke(old.id);
  const { id, token } = await accessTokens.create({ name: NAME, role: 'admin' });
  await writeFileAtomic(path, `${token}\n`);
  return id;
}

/** The token in the file; undefined where there is none. */
export async function readAdminToken(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Where a browser signs in once with the right of a token; below the console's address. */
export async function signInPath({
  accessTokens,
  tokenId,
}: {
  accessTokens: AccessTokens;
  tokenId: string;
}): Promise<string> {
  const { code } = await accessTokens.createOneTimeCode(tokenId);
  return `/sign-in/${code}`;
}
