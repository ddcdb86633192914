import { stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { LIMITS, TelemetryBatch } from '@flotilla/contracts';
import { spawnNode, tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Spool, type SpoolOptions } from './spool.ts';
import { rowOf, usageOf } from './testing/fixtures.ts';

let folder: TempFolder;
const open = (change: Partial<SpoolOptions> = {}): Spool =>
  new Spool({
    path: folder.file('spool.db'),
    newEpoch: () => `epoch-${Math.random().toString(36).slice(2)}`,
    ...change,
  });

beforeEach(async () => {
  folder = await tempFolder({ name: 'spool' });
});
afterEach(() => folder.remove());

describe('Spool', () => {
  it('keeps rows in order, with one sequence that rises, and its file from others', async () => {
    const spool = open();
    for (let at = 0; at < 3; at += 1) spool.append(rowOf({ at }));
    expect(spool.head()?.rows.map(({ sequence, at }) => [sequence, at])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
    ]);
    if (process.platform !== 'win32') {
      for (const name of ['spool.db', 'spool.db-wal'])
        expect((await stat(folder.file(name))).mode & 0o777).toBe(0o600);
    }
    spool.close();
  });

  it('goes on with its epoch and its sequence after a restart, even when every row is gone', () => {
    const first = open();
    first.append(rowOf());
    first.acknowledge({ epoch: first.epoch, upTo: 1 });
    first.close();
    const second = open();
    expect(second.epoch).toBe(first.epoch);
    expect(second.append(rowOf()).sequence).toBe(2);
    second.close();
  });

  it('drops what was acknowledged, and nothing for another epoch', () => {
    const spool = open();
    for (let at = 0; at < 5; at += 1) spool.append(rowOf({ at }));
    expect(spool.acknowledge({ epoch: 'another', upTo: 5 })).toBe(0);
    expect(spool.acknowledge({ epoch: spool.epoch, upTo: 3 })).toBe(3);
    expect(spool.acknowledge({ epoch: spool.epoch, upTo: 2 })).toBe(0);
    expect(spool.head()?.rows.map(({ sequence }) => sequence)).toEqual([4, 5]);
    spool.close();
  });

  it('never makes a batch that a broker would refuse', () => {
    const spool = open();
    const many = Array.from({ length: LIMITS.servicesPerDevice }, () => usageOf(1));
    for (let at = 0; at < 60; at += 1) spool.append({ ...rowOf({ at }), services: many });
    let rows = 0;
    for (let batch = spool.head(); batch; batch = spool.head()) {
      const message = TelemetryBatch.parse({
        v: 1,
        deviceId: 'd',
        sentAt: 0,
        sentUptimeMs: 0,
        bootId: 'b',
        ...batch,
      });
      expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThanOrEqual(LIMITS.mqttMessageBytes);
      rows += batch.rows.length;
      spool.acknowledge({ epoch: spool.epoch, upTo: batch.rows.at(-1)?.sequence ?? 0 });
    }
    expect(rows).toBe(60);
    spool.close();
  });

  it('drops rows without requests first, the oldest first, then the oldest, and counts them', () => {
    const bytes = Buffer.byteLength(JSON.stringify({ ...rowOf({ requests: 1 }), dropped: 0 }));
    const spool = open({ maxBytes: bytes * 3 });
    spool.append(rowOf({ at: 1, requests: 1 }));
    for (let at = 2; at < 12; at += 1) spool.append(rowOf({ at }));
    spool.append(rowOf({ at: 20, requests: 1 }));
    spool.append(rowOf({ at: 21, requests: 1 }));
    const kept = () => spool.head()?.rows.map(({ at }) => at);
    expect(kept()).toEqual([1, 20, 21]);
    spool.append(rowOf({ at: 22, requests: 1 }));
    expect(kept()).toEqual([20, 21, 22]);
    spool.append(rowOf({ at: 23, requests: 1 }));
    expect(spool.head()?.rows.at(-1)?.dropped).toBe(1);
    spool.close();
  });

  it('counts every row exactly once: kept, or said to be dropped', () => {
    const spool = open({ maxCoveredMs: 30_000 * 10 });
    for (let at = 0; at < 100; at += 1) spool.append(rowOf({ at, requests: at % 3 }));
    spool.append(rowOf({ at: 100, requests: 1 }));
    const rows = spool.head()?.rows ?? [];
    const last = rows.at(-1);
    expect(rows).toHaveLength(10);
    expect(last?.dropped).toBe(1); // one row more than fits makes one dropped with every row that came
    spool.close();
  });

  it('bounds by the time its rows cover, whatever the clock does', () => {
    const spool = open({ maxCoveredMs: 30_000 * 5 });
    for (const at of [0, 9e12, 1, 8e12, 2, 7e12, 3]) spool.append(rowOf({ at, requests: 1 }));
    expect(spool.head()?.rows.map(({ at }) => at)).toEqual([1, 8e12, 2, 7e12, 3]);
    spool.close();
  });

  it('puts a damaged file aside and begins a new epoch', async () => {
    const first = open();
    const { epoch } = first;
    first.close();
    await writeFile(
      folder.file('spool.db'),
      'this is no database, and it is longer than a header of one is'.repeat(99),
    );
    const spool = open();
    expect(spool.damaged).toBe(true);
    expect(spool.epoch).not.toBe(epoch);
    expect(spool.append(rowOf()).sequence).toBe(1);
    expect((await stat(folder.file('spool.db.damaged'))).size).toBeGreaterThan(0);
    spool.close();
  });

  it('loses no row that was written when its process is killed, and gives no sequence twice', async () => {
    const script = fileURLToPath(new URL('testing/append-for-ever.ts', import.meta.url));
    let last = 0;
    for (let round = 0; round < 3; round += 1) {
      const child = spawnNode({ script, args: [folder.file('spool.db')] });
      await child.ready(new RegExp(`written ${last + 20}\\n`));
      await child.kill9();
      const written = Math.max(
        ...Array.from(child.output().matchAll(/written (\d+)/g), ([, n]) => Number(n)),
      );
      const spool = open();
      // One row may have reached the disk before the word that it did.
      const next = spool.append(rowOf()).sequence;
      expect([written + 1, written + 2]).toContain(next);
      expect(spool.depth).toBe(next);
      last = next;
      spool.close();
    }
  });
});
