import { Role } from '@flotilla/contracts';
import type { AccessStore, AccessTokenRow, GrantRow } from '@flotilla/plane-registry';
import type { Selectable } from 'kysely';
import type { Database } from './database.ts';
import type { Engine } from './engine.ts';
import { orNull, orUndefined } from './json-column.ts';
import { isUniqueViolation } from './unique-violation.ts';

export function createAccessStore({ db }: Engine): AccessStore {
  return {
    async addToken(row) {
      try {
        await db
          .insertInto('access_tokens')
          .values({
            id: row.id,
            name: row.name,
            role: row.role,
            token_hash: row.tokenHash,
            created_at: row.createdAt,
            expires_at: orNull(row.expiresAt),
          })
          .execute();
        return true;
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },

    async findToken(by) {
      const row = await db
        .selectFrom('access_tokens')
        .selectAll()
        .where((eb) => ('id' in by ? eb('id', '=', by.id) : eb('token_hash', '=', by.tokenHash)))
        .executeTakeFirst();
      return row && toTokenRow(row);
    },

    async listTokens() {
      const rows = await db.selectFrom('access_tokens').selectAll().orderBy('name').execute();
      return rows.map(toTokenRow);
    },

    removeToken: (id) =>
      db.transaction().execute(async (trx) => {
        await trx.deleteFrom('access_grants').where('token_id', '=', id).execute();
        const done = await trx.deleteFrom('access_tokens').where('id', '=', id).executeTakeFirst();
        return done.numDeletedRows > 0n;
      }),

    addGrant: (row, now) =>
      db.transaction().execute(async (trx) => {
        await trx.deleteFrom('access_grants').where('expires_at', '<=', now).execute();
        await trx
          .insertInto('access_grants')
          .values({
            secret_hash: row.secretHash,
            kind: row.kind,
            token_id: row.tokenId,
            expires_at: row.expiresAt,
          })
          .execute();
      }),

    async findGrant({ secretHash, kind }) {
      const row = await db
        .selectFrom('access_grants')
        .selectAll()
        .where('secret_hash', '=', secretHash)
        .where('kind', '=', kind)
        .executeTakeFirst();
      return row && toGrant(row);
    },

    async takeGrant({ secretHash, kind }) {
      const row = await db
        .deleteFrom('access_grants')
        .where('secret_hash', '=', secretHash)
        .where('kind', '=', kind)
        .returningAll()
        .executeTakeFirst();
      return row && toGrant(row);
    },
  };
}

function toTokenRow(row: Selectable<Database['access_tokens']>): AccessTokenRow {
  return {
    id: row.id,
    name: row.name,
    role: Role.parse(row.role),
    tokenHash: row.token_hash,
    createdAt: row.created_at,
    expiresAt: orUndefined(row.expires_at),
  };
}

function toGrant(row: Selectable<Database['access_grants']>): GrantRow {
  return {
    secretHash: row.secret_hash,
    kind: row.kind as GrantRow['kind'],
    tokenId: row.token_id,
    expiresAt: row.expires_at,
  };
}
