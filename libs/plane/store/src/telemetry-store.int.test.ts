import { CostBy } from '@flotilla/contracts';
import { expect, it } from 'vitest';
import { describeOnEngines } from '../test/engines.ts';
import { addVariant, createPlane, joinDevices, type Plane } from '../test/plane.ts';
import { batch, row } from '../test/telemetry-rows.ts';
import { nodeHashing } from './index.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const everything = (plane: Plane) => ({ from: 0, to: plane.clock.now() + DAY });

describeOnEngines('telemetry', ({ openNew, open, newUrl, engine }) => {
  it('is counted once, however often and in whatever cut it comes', async () => {
    const plane = createPlane({ store: await openNew() });
    const now = plane.clock.now();
    const send = (...sequences: number[]) =>
      plane.telemetry.ingest(
        batch(
          'd',
          sequences.map((s) => row(s)),
        ),
        now,
      );
    expect(await send(1, 2)).toEqual({ v: 1, epoch: 'epoch', upTo: 2 });
    expect(await send(1, 2)).toMatchObject({ upTo: 2 });
    expect(await send(2, 3, 4)).toMatchObject({ upTo: 4 });
    expect(await send(4, 4, 3)).toMatchObject({ upTo: 4 });
    expect(await plane.telemetry.totals(everything(plane))).toMatchObject({
      requests: 8,
      errors: 4,
      tokensIn: 120,
      tokensOut: 280,
      joulesModelled: 240,
      joulesMeasured: 0,
      ttftMs: { count: 4, sum: 10 },
    });
  });

  it('acknowledges nothing above rows that may still be on their way', async () => {
    const plane = createPlane({ store: await openNew() });
    const now = plane.clock.now();
    const send = (rows: number[], sentAt: number) =>
      plane.telemetry.ingest(
        batch(
          'd',
          rows.map((sequence) => row(sequence)),
          { sentAt },
        ),
        now,
      );
    expect(await send([3, 4], 1)).toMatchObject({ upTo: 0 });
    expect(await send([1, 2], 2)).toMatchObject({ upTo: 4 });
    // Rows 5 and 6 are missing. A copy that the broker makes says nothing about them,
    expect(await send([7, 8], 3)).toMatchObject({ upTo: 4 });
    expect(await send([7, 8], 3)).toMatchObject({ upTo: 4 });
    // but a device that sends these rows anew has nothing older.
    expect(await send([7, 8], 4)).toMatchObject({ upTo: 8 });
    expect((await plane.telemetry.totals(everything(plane))).requests).toBe(12);
    // A row that was given up and comes all the same still counts, once.
    for (const sentAt of [5, 6]) expect(await send([5], sentAt)).toMatchObject({ upTo: 8 });
    expect((await plane.telemetry.totals(everything(plane))).requests).toBe(14);
    plane.clock.jump(8 * DAY);
    await plane.telemetry.forgetRawRows();
    for (const rows of [[5], [6], [6, 7]]) await send(rows, 7);
    expect((await plane.telemetry.totals(everything(plane))).requests).toBe(16);
  });

  it('counts a new spool from its beginning', async () => {
    const plane = createPlane({ store: await openNew() });
    const now = plane.clock.now();
    await plane.telemetry.ingest(batch('d', [row(1)]), now);
    expect(await plane.telemetry.ingest(batch('d', [row(1)], { epoch: 'other' }), now)).toMatchObject({
      upTo: 1,
    });
    expect((await plane.telemetry.totals(everything(plane))).requests).toBe(4);
  });

  it('counts each row once when batches of one device come at the same time', async () => {
    const url = await newUrl();
    const stores = [await open(url), engine === 'postgres' ? await open(url) : undefined].filter(
      (s) => s !== undefined,
    );
    await stores[0]?.migrate();
    const planes = stores.map((store) => createPlane({ store }));
    const [first] = planes;
    if (first === undefined) throw new TypeError('no plane');
    await Promise.all(
      Array.from({ length: 24 }, (_, i) => {
        const plane = planes[i % planes.length] ?? first;
        const from = (i % 6) * 3 + 1;
        return plane.telemetry.ingest(
          batch('d', [row(from), row(from + 1), row(from + 2)]),
          first.clock.now(),
        );
      }),
    );
    const totals = await first.telemetry.totals(everything(first));
    expect(totals).toMatchObject({ requests: 36, ttftMs: { count: 18, sum: (18 * 19) / 2 } });
    expect(await first.telemetry.ingest(batch('d', [row(18)]), first.clock.now())).toMatchObject({
      upTo: 18,
    });
  });

  it('tells one energy, in totals and in cost, of whole boxes; of one service, what its requests took', async () => {
    const plane = createPlane({ store: await openNew() });
    const measured = { energy: { joules: 7, method: 'rapl' as const } };
    await plane.telemetry.ingest(batch('d-1', [row(1), row(2, measured)]), plane.clock.now());
    await plane.telemetry.ingest(batch('d-2', [row(1, { services: [] })]), plane.clock.now());
    const range = everything(plane);
    const totals = await plane.telemetry.totals(range);
    expect(totals).toMatchObject({ joulesMeasured: 7, joulesModelled: 120 });
    const { total } = await plane.telemetry.cost({ ...range, by: 'device' });
    expect(total.joules).toEqual({ measured: totals.joulesMeasured, modelled: totals.joulesModelled });
    expect(await plane.telemetry.totals({ ...range, deviceId: 'd-2' })).toMatchObject({
      joulesMeasured: 0,
      joulesModelled: 60,
    });
    expect(await plane.telemetry.totals({ ...range, service: 'assistant' })).toMatchObject({
      joulesMeasured: 0,
      joulesModelled: 40,
    });
  });

  it('lies where our clock says, whatever the device believes', async () => {
    const plane = createPlane({ store: await openNew() });
    const now = plane.clock.now();
    const rows = [row(1), row(2)].map((r) => ({ ...r, at: 5 }));
    await plane.telemetry.ingest(batch('d', rows), now);
    const range = { from: now - HOUR, to: now };
    const { points } = await plane.telemetry.series({ ...range, deviceId: 'd' });
    expect(points.map((p) => [p.at, p.requests])).toEqual([
      [now - MINUTE, 2],
      [now - MINUTE / 2, 2],
    ]);
    expect(points[0]).toMatchObject({
      joules: 60,
      cpuShare: 0.5,
      temperatureC: 40.5,
      memoryUsedBytes: 1_000,
    });
  });

  it('draws a day from quarter hours, of a box or of one service', async () => {
    const plane = createPlane({ store: await openNew() });
    const now = plane.clock.now();
    const rows = Array.from({ length: 20 }, (_, i) => row(i + 1));
    await plane.telemetry.ingest(batch('d', rows), now);
    await plane.telemetry.ingest(batch('e', rows), now);
    const range = { from: now - DAY, to: now + DAY };
    const box = await plane.telemetry.series({ ...range, deviceId: 'd' });
    expect(box.points.reduce((sum, p) => sum + p.joules, 0)).toBe(1_200);
    const service = await plane.telemetry.series({ ...range, deviceId: 'd', service: 'assistant' });
    expect(service.points.reduce((sum, p) => sum + p.joules, 0)).toBe(400);
    expect(
      (await plane.telemetry.series({ ...range, deviceId: 'd', service: 'other' })).points.every(
        (p) => p.requests === 0,
      ),
    ).toBe(true);
  });

  it('sums a fleet page by page', async () => {
    const plane = createPlane({ store: await openNew() });
    const now = plane.clock.now();
    const rows = (n: number) => [
      row(n, { services: [{ ...(row(n).services[0] as never as object), service: `s-${n}` }] as never }),
    ];
    for (let device = 0; device < 30; device++) {
      await plane.telemetry.ingest(batch(`d-${device}`, [...rows(1), ...rows(2)]), now);
    }
    const store = plane.telemetry;
    expect((await store.totals(everything(plane))).requests).toBe(120);
    expect((await store.totals({ ...everything(plane), service: 's-1' })).requests).toBe(60);
    expect((await store.totals({ ...everything(plane), deviceId: 'd-7' })).requests).toBe(4);
  });

  it('takes the wildest numbers a schema allows, and the totals of the fleet stand', async () => {
    const plane = createPlane({ store: await openNew() });
    const most = Number.MAX_SAFE_INTEGER;
    const [usage] = row(1).services;
    if (usage === undefined) throw new TypeError('no usage');
    const histogram = { count: most, sum: 1e308, buckets: { '999': most, '-999': most, '0': most } };
    const wild = {
      ...usage,
      requests: most,
      tokensOut: most,
      busyMs: most,
      ttftMs: histogram,
      tokensPerSecond: histogram,
    };
    for (let sequence = 1; sequence <= 40; sequence++) {
      const rows = [
        row(sequence, {
          at: most,
          intervalMs: most,
          uptimeMs: most,
          energy: { joules: 1e308, method: 'rapl' },
          services: [{ ...wild, energy: { joules: 1e308, method: 'rapl' } }],
        }),
      ];
      const sent = batch('wild', rows, { sentAt: 0, sentUptimeMs: 0 });
      expect(await plane.telemetry.ingest(sent, plane.clock.now())).toMatchObject({ upTo: sequence });
    }
    await plane.telemetry.ingest(batch('tame', [row(1)]), plane.clock.now());
    const range = { from: 0, to: plane.clock.now() + DAY };
    const totals = await plane.telemetry.totals(range);
    expect(totals.requests).toBe(40e12 + 2);
    expect(Number.isFinite(totals.ttftMs.sum)).toBe(true);
    expect((await plane.telemetry.cost({ ...range, by: 'variant' })).total.requests).toBe(40e12 + 2);
    await plane.telemetry.series({ ...range, deviceId: 'wild' });
  });

  it('forgets raw rows and counts nothing again after that', async () => {
    const plane = createPlane({ store: await openNew() });
    const sent = batch('d', [row(1), row(2)]);
    await plane.telemetry.ingest(sent, plane.clock.now());
    expect(await plane.telemetry.forgetRawRows()).toBe(0);
    plane.clock.jump(8 * DAY);
    expect(await plane.telemetry.forgetRawRows()).toBe(2);
    expect(await plane.telemetry.ingest(sent, plane.clock.now())).toMatchObject({ upTo: 2 });
    expect((await plane.telemetry.totals(everything(plane))).requests).toBe(4);
  });
});

describeOnEngines('cost', ({ openNew }) => {
  it('takes each quarter hour at its own tariff, and the tariff of its own site', async () => {
    const plane = createPlane({ store: await openNew() });
    const [porto = '', lisbon = ''] = await joinDevices(plane, 2, (i) => ({
      site: i === 0 ? 'porto' : 'lisbon',
    }));
    const start = plane.clock.now();
    const perKwh = (micro: number) => ({ micro, currency: 'EUR' });
    await plane.telemetry.addTariff({ validFrom: start - DAY, perKwh: perKwh(100_000) });
    await plane.telemetry.addTariff({ validFrom: start + HOUR, perKwh: perKwh(300_000) });
    await plane.telemetry.addTariff({ validFrom: start - DAY, perKwh: perKwh(1_000_000), site: 'lisbon' });
    const kwh = row(1, { energy: { joules: 3_600_000, method: 'rapl' }, services: [] });
    for (const deviceId of [porto, lisbon]) {
      await plane.telemetry.ingest(batch(deviceId, [kwh]), start + MINUTE);
      await plane.telemetry.ingest(batch(deviceId, [{ ...kwh, sequence: 2 }]), start + 2 * HOUR);
    }
    const range = { from: start - DAY, to: start + DAY };
    const report = await plane.telemetry.cost({ ...range, by: 'device' });
    expect(report.lines.map((l) => [l.key, l.energy.amount.micro, l.energy.basis])).toEqual([
      [lisbon, 2_000_000, 'measured'],
      [porto, 400_000, 'measured'],
    ]);
    expect(report.missing).toEqual(['hardware-price']);
    // The box moves; what it used in Lisbon stays at Lisbon's price.
    await plane.registry.updateDevice(lisbon, { labels: { site: 'porto' } });
    expect(await plane.telemetry.cost({ ...range, by: 'device' })).toEqual(report);
  });

  it('shares hardware by time and gives a price per million tokens', async () => {
    const plane = createPlane({ store: await openNew() });
    const [deviceId = ''] = await joinDevices(plane, 1);
    const start = plane.clock.now();
    const price = { micro: 12_000_000, currency: 'EUR' };
    await plane.telemetry.addHardwarePrice({ validFrom: start, price, lifeMonths: 12 });
    await plane.telemetry.addTariff({ validFrom: 0, perKwh: { micro: 0, currency: 'EUR' } });
    await plane.telemetry.ingest(batch(deviceId, [row(1)]), start + MINUTE);
    const month = { from: start, to: start + 2_629_800_000 };
    for (const by of CostBy.options) {
      const { total, lines, missing } = await plane.telemetry.cost({ ...month, by });
      expect(missing).toEqual([]);
      expect(total.hardware.amount.micro).toBe(1_000_000);
      expect(lines[0]?.perMillionTokens?.amount.micro).toBe(10_000_000_000);
    }
  });

  it('puts the variants of a model on one line, named by the catalogue', async () => {
    const store = await openNew();
    const plane = createPlane({ store });
    const start = plane.clock.now();
    for (const [sequence, variantName] of ['small-q4', 'small-q8', 'gone-q4'].entries()) {
      if (variantName !== 'gone-q4') await addVariant(store, variantName);
      const variant = nodeHashing.sha256(Buffer.from(variantName));
      const services = row(1).services.map((usage) => ({ ...usage, variant, variantName }));
      await plane.telemetry.ingest(batch('d', [row(sequence + 1, { services })]), start + sequence);
    }
    const { lines } = await plane.telemetry.cost({ from: 0, to: start + DAY, by: 'model' });
    expect(lines.map(({ key, label, requests }) => [key, label, requests]).sort()).toEqual([
      ['model', 'model', 4],
      ['none', 'no service', 0],
      ['unknown', 'unknown', 2],
    ]);
  });

  it('refuses a price in another currency, and a range that ends before it begins', async () => {
    const { telemetry } = createPlane({ store: await openNew() });
    await expect(
      telemetry.addTariff({ validFrom: 0, perKwh: { micro: 1, currency: 'USD' } }),
    ).rejects.toThrow(
      expect.objectContaining({
        code: 'invalid-input',
        details: expect.objectContaining({ field: 'perKwh.currency' }),
      }),
    );
    await expect(telemetry.cost({ from: 5, to: 5, by: 'device' })).rejects.toThrow(
      expect.objectContaining({ code: 'invalid-input' }),
    );
  });

  it('lists what was added', async () => {
    const { telemetry } = createPlane({ store: await openNew() });
    const tariff = await telemetry.addTariff({
      validFrom: 5,
      perKwh: { micro: 1, currency: 'EUR' },
      site: 'lisbon',
    });
    const price = await telemetry.addHardwarePrice({
      validFrom: 7,
      deviceId: 'd',
      price: { micro: 9, currency: 'EUR' },
      lifeMonths: 36,
    });
    expect(await telemetry.listTariffs()).toEqual([tariff]);
    expect(await telemetry.listHardwarePrices()).toEqual([price]);
  });
});
