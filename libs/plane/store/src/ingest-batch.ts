import {
  bucketStart,
  closeGaps,
  deviceRollup,
  isCovered,
  mergeDeviceRollups,
  mergeServiceRollups,
  nextWatermark,
  serviceRollup,
  type DeviceRollup,
  type Gap,
  type ServiceRollup,
  type TelemetryStore,
  type TimedRow,
} from '@flotilla/plane-telemetry';
import type { Transaction } from 'kysely';
import type { Database, TelemetryServices } from './database.ts';
import type { Engine } from './engine.ts';
import { deviceColumns, serviceColumns, toDeviceRollup, toServiceRollup } from './rollup-rows.ts';

type Batch = Parameters<TelemetryStore['ingest']>[0];
type Outcome = Awaited<ReturnType<TelemetryStore['ingest']>>;

/** One transaction: the rows not held yet, their rollups, the watermark; all of it or nothing. */
export function ingestBatch({ db }: Engine, batch: Batch): Promise<Outcome> {
  const { deviceId, epoch, sentAt, rows } = batch;
  return db.transaction().execute(async (trx) => {
    // This row is the device's lock: batches of one device are taken one after the other.
    await trx
      .insertInto('telemetry_senders')
      .values({ device_id: deviceId, batches: 1 })
      .onConflict((oc) =>
        oc.column('device_id').doUpdateSet((eb) => ({ batches: eb('telemetry_senders.batches', '+', 1) })),
      )
      .execute();
    const upTo = await watermarkOf(trx, deviceId, epoch);
    const gaps = await gapsOf(trx, deviceId, epoch);
    const known = await heldOf(trx, batch);
    const fresh = freshRows({ rows, known, upTo, gaps });
    if (fresh.length > 0) await addRows(trx, { ...batch, rows: fresh });
    const first = Math.min(...rows.map(({ row }) => row.sequence));
    const next = nextWatermark({
      upTo,
      held: await heldAbove(trx, { deviceId, epoch, upTo }),
      first,
      isResent: fresh.length === 0 && known.get(first) !== sentAt,
    });
    const late = fresh.map(({ row }) => row.sequence).filter((sequence) => sequence <= upTo);
    if (late.length > 0 || next.passed.length > 0) {
      await writeGaps(trx, { deviceId, epoch, gaps: [...closeGaps(gaps, late), ...next.passed] });
    }
    if (next.upTo !== upTo) {
      const moved = { up_to: next.upTo };
      await trx
        .insertInto('telemetry_epochs')
        .values({ device_id: deviceId, epoch, ...moved })
        .onConflict((oc) => oc.columns(['device_id', 'epoch']).doUpdateSet(moved))
        .execute();
    }
    return { upTo: next.upTo, added: fresh.length };
  });
}

async function watermarkOf(trx: Transaction<Database>, deviceId: string, epoch: string): Promise<number> {
  const row = await trx
    .selectFrom('telemetry_epochs')
    .select('up_to')
    .where('device_id', '=', deviceId)
    .where('epoch', '=', epoch)
    .executeTakeFirst();
  return row?.up_to ?? 0;
}

async function gapsOf(trx: Transaction<Database>, deviceId: string, epoch: string): Promise<Gap[]> {
  return trx
    .selectFrom('telemetry_gaps')
    .select(['first', 'last'])
    .where('device_id', '=', deviceId)
    .where('epoch', '=', epoch)
    .orderBy('first')
    .execute();
}

async function writeGaps(
  trx: Transaction<Database>,
  { deviceId, epoch, gaps }: { deviceId: string; epoch: string; gaps: readonly Gap[] },
): Promise<void> {
  await trx
    .deleteFrom('telemetry_gaps')
    .where('device_id', '=', deviceId)
    .where('epoch', '=', epoch)
    .execute();
  // The newest are kept: what is older than a thousand gaps is not on its way any more.
  const rows = gaps.slice(-1_000).map((gap) => ({ device_id: deviceId, epoch, ...gap }));
  if (rows.length > 0) await trx.insertInto('telemetry_gaps').values(rows).execute();
}

/** The rows of this batch that are there already, with when the message was sent that brought them. */
async function heldOf(
  trx: Transaction<Database>,
  { deviceId, epoch, rows }: Batch,
): Promise<Map<number, number | null>> {
  const held = await trx
    .selectFrom('telemetry_rows')
    .select(['sequence', 'sent_at'])
    .where('device_id', '=', deviceId)
    .where('epoch', '=', epoch)
    .where(
      'sequence',
      'in',
      rows.map(({ row }) => row.sequence),
    )
    .execute();
  return new Map(held.map(({ sequence, sent_at }) => [sequence, sent_at]));
}

/** Raw rows are forgotten after days; what the watermark covers was counted, whether its row is still there or not. */
function freshRows({
  rows,
  known,
  upTo,
  gaps,
}: Pick<Batch, 'rows'> & {
  known: ReadonlyMap<number, unknown>;
  upTo: number;
  gaps: readonly Gap[];
}): TimedRow[] {
  const taken = new Set<number>();
  return rows.filter(({ row: { sequence } }) => {
    if (known.has(sequence) || taken.has(sequence) || isCovered(sequence, upTo, gaps)) return false;
    taken.add(sequence);
    return true;
  });
}

async function heldAbove(
  trx: Transaction<Database>,
  { deviceId, epoch, upTo }: { deviceId: string; epoch: string; upTo: number },
): Promise<number[]> {
  const rows = await trx
    .selectFrom('telemetry_rows')
    .select('sequence')
    .where('device_id', '=', deviceId)
    .where('epoch', '=', epoch)
    .where('sequence', '>', upTo)
    .orderBy('sequence')
    .limit(10_000)
    .execute();
  return rows.map(({ sequence }) => sequence);
}

type ServiceEntry = Pick<TelemetryServices, 'bucket' | 'service' | 'release' | 'variant' | 'variant_name'> & {
  rollup: ServiceRollup;
};

async function addRows(trx: Transaction<Database>, { deviceId, epoch, sentAt, rows }: Batch): Promise<void> {
  await trx
    .insertInto('telemetry_rows')
    .values(
      rows.map(({ row, startAt }) => ({
        device_id: deviceId,
        epoch,
        sequence: row.sequence,
        start_at: startAt,
        dropped: row.dropped,
        document: JSON.stringify(row),
        sent_at: sentAt,
      })),
    )
    .execute();
  const site = await siteOf(trx, deviceId);
  const boxes = new Map<number, DeviceRollup>();
  const services = new Map<string, ServiceEntry>();
  for (const { row, startAt } of rows) {
    const bucket = bucketStart(startAt);
    const box = deviceRollup(row);
    const before = boxes.get(bucket);
    boxes.set(bucket, before ? mergeDeviceRollups(before, box) : box);
    for (const usage of row.services) {
      const { service, release, variant, variantName: variant_name } = usage;
      const key = JSON.stringify([bucket, service, release, variant]);
      const known = services.get(key);
      const rollup = known ? mergeServiceRollups(known.rollup, serviceRollup(usage)) : serviceRollup(usage);
      services.set(key, { bucket, service, release, variant, variant_name, rollup });
    }
  }
  for (const [bucket, rollup] of boxes) await mergeBox(trx, { deviceId, site, bucket, rollup });
  for (const entry of services.values()) await mergeService(trx, { deviceId, site, entry });
}

/** Where the box stands now; kept with the rollup, so that moving it later rewrites no bill. */
async function siteOf(trx: Transaction<Database>, deviceId: string): Promise<string> {
  const row = await trx
    .selectFrom('device_labels')
    .select('value')
    .where('device_id', '=', deviceId)
    .where('key', '=', 'site')
    .executeTakeFirst();
  return row?.value ?? '';
}

async function mergeBox(
  trx: Transaction<Database>,
  {
    deviceId,
    site,
    bucket,
    rollup,
  }: { deviceId: string; site: string; bucket: number; rollup: DeviceRollup },
): Promise<void> {
  const key = { device_id: deviceId, site, bucket };
  const held = await trx
    .selectFrom('telemetry_devices')
    .selectAll()
    .where((eb) => eb.and(key))
    .executeTakeFirst();
  const columns = deviceColumns(held ? mergeDeviceRollups(toDeviceRollup(held), rollup) : rollup);
  await trx
    .insertInto('telemetry_devices')
    .values({ ...key, ...columns })
    .onConflict((oc) => oc.columns(['device_id', 'bucket', 'site']).doUpdateSet(columns))
    .execute();
}

async function mergeService(
  trx: Transaction<Database>,
  { deviceId, site, entry }: { deviceId: string; site: string; entry: ServiceEntry },
): Promise<void> {
  const { bucket, service, release, variant, variant_name, rollup } = entry;
  const key = { device_id: deviceId, site, bucket, service, release, variant };
  const held = await trx
    .selectFrom('telemetry_services')
    .selectAll()
    .where((eb) => eb.and(key))
    .executeTakeFirst();
  const columns = serviceColumns(held ? mergeServiceRollups(toServiceRollup(held), rollup) : rollup);
  await trx
    .insertInto('telemetry_services')
    .values({ ...key, variant_name, ...columns })
    .onConflict((oc) =>
      oc
        .columns(['device_id', 'bucket', 'service', 'release', 'variant', 'site'])
        .doUpdateSet({ variant_name, ...columns }),
    )
    .execute();
}
