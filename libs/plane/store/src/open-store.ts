import { FlotillaError } from '@flotilla/contracts';
import type { CatalogueStore, ReleaseStore } from '@flotilla/plane-catalogue';
import type { AccessStore, EventStore, RegistryStore } from '@flotilla/plane-registry';
import type { RolloutStore } from '@flotilla/plane-rollout';
import type { TelemetryStore } from '@flotilla/plane-telemetry';
import { sql } from 'kysely';
import { claimPostgres, type Claim, type ClaimOptions } from './claim-postgres.ts';
import { createAccessStore } from './access-store.ts';
import { createCatalogueStore } from './catalogue-store.ts';
import { openEngine, type EngineName } from './engine.ts';
import { createEventStore } from './event-store.ts';
import { migrate, type MigrateOutcome } from './migrate.ts';
import { createRegistryStore } from './registry-store.ts';
import { createReleaseStore } from './release-store.ts';
import { createRolloutStore } from './rollout-store.ts';
import { createTelemetryStore } from './telemetry-store.ts';

export interface PlaneStore {
  engine: EngineName;
  registryStore: RegistryStore;
  accessStore: AccessStore;
  eventStore: EventStore;
  catalogueStore: CatalogueStore;
  releaseStore: ReleaseStore;
  rolloutStore: RolloutStore;
  telemetryStore: TelemetryStore;
  /**
   * Holds the database for this process, until it is released. Throws `conflict` naming who has it. A file needs none:
   * whoever opens its folder has locked that.
   */
  claim(options: ClaimOptions): Promise<Claim>;
  /** Brings the tables to this version; nothing else works before. */
  migrate(): Promise<MigrateOutcome>;
  /** Throws `unavailable` while the database does not answer. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Every store of the control plane over one database: `sqlite:PATH` (the embedded default, mode 600) or
 * `postgres://USER:PASSWORD@HOST/DATABASE`.
 */
export async function openStore({ url }: { url: string }): Promise<PlaneStore> {
  const engine = await openEngine(url);
  const ready = async (): Promise<void> => {
    try {
      await sql`select 1`.execute(engine.db);
    } catch (cause) {
      // The URL may hold a password: the message of the driver stays in the cause.
      throw new FlotillaError('unavailable', 'The database does not answer.', {
        details: { about: engine.name, fix: 'See whether it runs and takes the URL that was given.' },
        cause,
      });
    }
  };
  return {
    engine: engine.name,
    registryStore: createRegistryStore(engine),
    accessStore: createAccessStore(engine),
    eventStore: createEventStore(engine),
    catalogueStore: createCatalogueStore(engine),
    releaseStore: createReleaseStore(engine),
    rolloutStore: createRolloutStore(engine),
    telemetryStore: createTelemetryStore(engine),
    claim: (options) =>
      engine.name === 'postgres' ? claimPostgres(url, options) : Promise.resolve({ release: async () => {} }),
    migrate: async () => {
      await ready();
      return migrate(engine);
    },
    ready,
    close: () => engine.close(),
  };
}
