import { FlotillaError } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import type { AccessStore, AccessTokenRow, GrantRow } from './access-store.ts';
import type { AccessTokens, Principal, Session } from './access-tokens.ts';
import type { NewId, SecretHasher } from './ports.ts';

const SESSION_MS = 12 * 3_600_000;
const CODE_MS = 10 * 60_000;

export function createAccessTokens({
  store,
  secrets,
  newId,
  clock,
}: {
  store: AccessStore;
  secrets: SecretHasher;
  newId: NewId;
  clock: Clock;
}): AccessTokens {
  const unknown = (id: string): FlotillaError =>
    new FlotillaError('not-found', `There is no access token ${id}.`, { details: { about: id } });

  const isCurrent = (row: { expiresAt?: number | undefined }): boolean =>
    row.expiresAt === undefined || row.expiresAt > clock.now();

  async function principalOf(grant: GrantRow | undefined): Promise<Principal | undefined> {
    if (grant === undefined || !isCurrent(grant)) return undefined;
    const token = await store.findToken({ id: grant.tokenId });
    return token && isCurrent(token) ? toPrincipal(token) : undefined;
  }

  async function grant(kind: GrantRow['kind'], tokenId: string, lifeMs: number) {
    const token = await store.findToken({ id: tokenId });
    if (token === undefined || !isCurrent(token)) throw unknown(tokenId);
    const secret = secrets.newSecret();
    const now = clock.now();
    const expiresAt = Math.min(now + lifeMs, token.expiresAt ?? Number.MAX_SAFE_INTEGER);
    await store.addGrant({ kind, secretHash: secrets.hash(secret), tokenId, expiresAt }, now);
    return { secret, expiresAt, principal: toPrincipal(token) };
  }

  async function createSession(tokenId: string): Promise<Session> {
    const { secret, expiresAt, principal } = await grant('session', tokenId, SESSION_MS);
    return { ...principal, id: secret, expiresAt };
  }

  return {
    async create({ name, role, expiresInMs }) {
      const token = secrets.newSecret();
      const id = newId();
      const now = clock.now();
      const added = await store.addToken({
        id,
        name,
        role,
        tokenHash: secrets.hash(token),
        createdAt: now,
        expiresAt: expiresInMs === undefined ? undefined : now + expiresInMs,
      });
      if (!added) {
        throw new FlotillaError('already-exists', `There is an access token \`${name}\` already.`, {
          details: { field: 'name', about: name },
        });
      }
      return { id, token };
    },

    async verify(token) {
      const row = await store.findToken({ tokenHash: secrets.hash(token) });
      return row && isCurrent(row) ? toPrincipal(row) : undefined;
    },

    async list() {
      return (await store.listTokens()).map(({ tokenHash: _hidden, ...view }) => view);
    },

    async revoke(id) {
      if (!(await store.removeToken(id))) throw unknown(id);
    },

    createSession,

    async verifySession(id) {
      const found = await store.findGrant({ kind: 'session', secretHash: secrets.hash(id) });
      const principal = await principalOf(found);
      return principal && found && { ...principal, expiresAt: found.expiresAt };
    },

    async endSession(id) {
      await store.takeGrant({ kind: 'session', secretHash: secrets.hash(id) });
    },

    async createOneTimeCode(tokenId) {
      const { secret, expiresAt } = await grant('code', tokenId, CODE_MS);
      return { code: secret, expiresAt };
    },

    async redeemOneTimeCode(code) {
      const taken = await store.takeGrant({ kind: 'code', secretHash: secrets.hash(code) });
      return (await principalOf(taken)) && taken ? createSession(taken.tokenId) : undefined;
    },
  };
}

function toPrincipal({ id, name, role }: AccessTokenRow): Principal {
  return { tokenId: id, name, role };
}
