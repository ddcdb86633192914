import { LIMITS, TelemetryRow } from '@flotilla/contracts';
import { openPrivateDatabase } from '@flotilla/platform-files';
import type Database from 'better-sqlite3';

export interface SpoolOptions {
  path: string;
  /** A random id, used when the file is new. */
  newEpoch: () => string;
  /** Most bytes of rows. Default 64 MiB. */
  maxBytes?: number;
  /** Most time that the rows cover, by their own intervals, so that a jump of the clock drops nothing. Default 30 days. */
  maxCoveredMs?: number;
}

/** A row before it has a place: the spool gives it its sequence and says what was dropped before it. */
export type NewRow = Omit<TelemetryRow, 'sequence' | 'dropped'>;

export interface SpoolBatch {
  epoch: string;
  rows: TelemetryRow[];
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS rows (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    has_requests INTEGER NOT NULL,
    interval_ms INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS rows_by_worth ON rows (has_requests, sequence);
`;

const DAY_MS = 86_400_000;
/** Room for what a batch says beside its rows. */
const BATCH_HEAD_BYTES = 1_024;

/**
 * Rows on the disk until the control plane has them.
 *
 * INVARIANTS
 * - A sequence is given once per epoch, also after a kill; the epoch is made with the file.
 * - A row leaves by an acknowledgement of its epoch, or by the declared drop order: when the bound is reached, rows
 *   without requests go first, the oldest first; then the oldest of all. The newest row always stays.
 * - What was dropped is counted in the next row that is written.
 */
export class Spool {
  readonly epoch: string;
  /** The file was damaged and had to be begun again. */
  readonly damaged: boolean;
  readonly #database: Database.Database;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #maxBytes: number;
  readonly #maxCoveredMs: number;

  constructor({ path, newEpoch, maxBytes = 64 * 2 ** 20, maxCoveredMs = 30 * DAY_MS }: SpoolOptions) {
    const { database, damaged } = openPrivateDatabase({
      path,
      schema: SCHEMA,
      // Every row reaches the disk: a sequence that was sent must not be used again after a power cut.
      pragmas: ['synchronous = FULL'],
      whenDamaged: 'put-aside',
    });
    this.#database = database;
    this.damaged = damaged;
    this.#statements = prepare(database);
    this.#maxBytes = maxBytes;
    this.#maxCoveredMs = maxCoveredMs;
    this.#statements.setOnce.run('epoch', newEpoch());
    this.#statements.setOnce.run('dropped', '0');
    this.epoch = this.#meta('epoch');
  }

  /** Writes a row and, where that passes the bound, drops others. Returns when it is on the disk. */
  append(row: NewRow): { sequence: number } {
    return this.#database.transaction(() => {
      const dropped = Number(this.#meta('dropped'));
      const body = JSON.stringify({ ...row, dropped });
      const bytes = Buffer.byteLength(body);
      const hasRequests = row.services.some(({ requests }) => requests > 0) ? 1 : 0;
      const { lastInsertRowid } = this.#statements.insert.run(hasRequests, row.intervalMs, bytes, body);
      this.#statements.set.run('dropped', String(this.#makeRoom()));
      return { sequence: Number(lastInsertRowid) };
    })();
  }

  /** The oldest rows that fit into one message; undefined when there are none. */
  head(): SpoolBatch | undefined {
    const rows: TelemetryRow[] = [];
    let bytes = BATCH_HEAD_BYTES;
    for (const { sequence, body, bytes: rowBytes } of this.#statements.head.all(
      LIMITS.telemetryRowsPerBatch,
    )) {
      bytes += rowBytes + 32; // its sequence and a comma
      if (bytes > LIMITS.mqttMessageBytes) {
        if (rows.length > 0) break;
        this.#discard(sequence); // it would never pass
        return this.head();
      }
      const row = TelemetryRow.safeParse({ ...(JSON.parse(body) as object), sequence });
      if (row.success) rows.push(row.data);
      else this.#discard(sequence);
    }
    return rows.length > 0 ? { epoch: this.epoch, rows } : undefined;
  }

  /** Drops the rows up to this sequence; an acknowledgement of another epoch is of another file and changes nothing. */
  acknowledge({ epoch, upTo }: { epoch: string; upTo: number }): number {
    return epoch === this.epoch ? this.#statements.acknowledge.run(upTo).changes : 0;
  }

  /** How many rows wait. */
  get depth(): number {
    return this.#statements.depth.get()?.rows ?? 0;
  }

  close(): void {
    this.#database.close();
  }

  #makeRoom(): number {
    const kept = this.#statements.depth.get() ?? { rows: 0, bytes: 0, coveredMs: 0 };
    let { bytes, coveredMs, rows } = kept;
    let dropped = 0;
    while (rows > 1 && (bytes > this.#maxBytes || coveredMs > this.#maxCoveredMs)) {
      const least = this.#statements.leastWorth.get();
      if (!least) break;
      this.#statements.remove.run(least.sequence);
      bytes -= least.bytes;
      coveredMs -= least.intervalMs;
      rows -= 1;
      dropped += 1;
    }
    return dropped;
  }

  #discard(sequence: number): void {
    this.#database.transaction(() => {
      this.#statements.remove.run(sequence);
      this.#statements.set.run('dropped', String(Number(this.#meta('dropped')) + 1));
    })();
  }

  #meta(key: string): string {
    return this.#statements.get.get(key)?.value ?? '';
  }
}

function prepare(database: Database.Database) {
  return {
    get: database.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?'),
    set: database.prepare<[string, string]>(
      'INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
    ),
    setOnce: database.prepare<[string, string]>('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO NOTHING'),
    insert: database.prepare<[number, number, number, string]>(
      'INSERT INTO rows (has_requests, interval_ms, bytes, body) VALUES (?, ?, ?, ?)',
    ),
    head: database.prepare<[number], { sequence: number; body: string; bytes: number }>(
      'SELECT sequence, body, bytes FROM rows ORDER BY sequence LIMIT ?',
    ),
    depth: database.prepare<[], { rows: number; bytes: number; coveredMs: number }>(
      'SELECT count(*) AS rows, coalesce(sum(bytes), 0) AS bytes, coalesce(sum(interval_ms), 0) AS coveredMs FROM rows',
    ),
    leastWorth: database.prepare<[], { sequence: number; bytes: number; intervalMs: number }>(
      `SELECT sequence, bytes, interval_ms AS intervalMs FROM rows
       WHERE sequence < (SELECT max(sequence) FROM rows) ORDER BY has_requests, sequence LIMIT 1`,
    ),
    remove: database.prepare<[number]>('DELETE FROM rows WHERE sequence = ?'),
    acknowledge: database.prepare<[number]>('DELETE FROM rows WHERE sequence <= ?'),
  };
}
