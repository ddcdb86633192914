import { Release, SignedRelease } from '@flotilla/contracts';
import type { ReleaseRow, ReleaseStore } from '@flotilla/plane-catalogue';
import type { ReleasesTable } from './database.ts';
import type { Engine } from './engine.ts';
import { readJson } from './json-column.ts';
import { isUniqueViolation } from './unique-violation.ts';

export function createReleaseStore({ db }: Engine): ReleaseStore {
  return {
    async add({ digest, release, signed, createdBy }) {
      try {
        await db
          .insertInto('releases')
          .values({
            digest,
            service: release.service,
            revision: release.revision,
            created_at: release.createdAt,
            created_by: createdBy,
            release: JSON.stringify(release),
            signed: JSON.stringify(signed),
          })
          .execute();
        return true;
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },

    async latestRevision(service) {
      const row = await db
        .selectFrom('releases')
        .select('revision')
        .where('service', '=', service)
        .orderBy('revision', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row?.revision ?? 0;
    },

    async find(by) {
      const row = await db
        .selectFrom('releases')
        .selectAll()
        .$if('digest' in by, (q) => q.where('digest', '=', 'digest' in by ? by.digest : ''))
        .$if('service' in by, (q) => q.where('service', '=', 'service' in by ? by.service : ''))
        .$if('service' in by && by.revision !== undefined, (q) =>
          q.where('revision', '=', ('service' in by ? by.revision : undefined) ?? 0),
        )
        .orderBy('revision', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row && toRelease(row);
    },

    async list({ service, before, limit }) {
      const rows = await db
        .selectFrom('releases')
        .selectAll()
        .$if(service !== undefined, (q) => q.where('service', '=', service ?? ''))
        .$if(before !== undefined, (q) =>
          q.where((eb) =>
            eb.or([
              eb('created_at', '<', before?.createdAt ?? 0),
              eb.and([
                eb('created_at', '=', before?.createdAt ?? 0),
                eb('digest', '<', before?.digest ?? ''),
              ]),
            ]),
          ),
        )
        .orderBy('created_at', 'desc')
        .orderBy('digest', 'desc')
        .limit(limit)
        .execute();
      return rows.map(toRelease);
    },

    async count() {
      const row = await db
        .selectFrom('releases')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      return row.count;
    },
  };
}

function toRelease(row: ReleasesTable): ReleaseRow {
  return {
    digest: row.digest,
    release: readJson(Release, row.release, `releases/${row.digest}/release`),
    signed: readJson(SignedRelease, row.signed, `releases/${row.digest}/signed`),
    createdBy: row.created_by,
  };
}
