import type { Kysely } from 'kysely';
import type { EngineName } from '../engine.ts';
import { adapters } from './adapters.ts';
import { deviceCertificates } from './device-certificates.ts';
import { firstTables } from './first-tables.ts';
import { telemetryGaps } from './telemetry-gaps.ts';

/** Every migration in order, by a name that sorts. One is never edited once released. */
export const MIGRATIONS: Readonly<
  Record<string, (db: Kysely<unknown>, engine: EngineName) => Promise<void>>
> = {
  '0001-first-tables': firstTables,
  '0002-telemetry-gaps': telemetryGaps,
  '0003-device-certificates': deviceCertificates,
  '0004-adapters': adapters,
};
