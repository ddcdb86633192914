import { CostBy } from '@flotilla/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costReport } from './cost-report.ts';
import type { UsageSum } from './telemetry-store.ts';
import type { CostRequest } from './telemetry.ts';

const MONTH = 2_629_800_000;
const range = { from: 0, to: MONTH };
const devices = [
  { id: 'd1', name: 'box one', joinedAt: 0, revokedAt: undefined },
  { id: 'd2', name: 'box two', joinedAt: 0, revokedAt: undefined },
];
const tariffs = [{ id: 't', validFrom: 0, perKwh: { micro: 250_000, currency: 'EUR' } }];
const prices = [{ id: 'p', validFrom: 0, price: { micro: 12_000_000, currency: 'EUR' }, lifeMonths: 12 }];
const KWH = 3_600_000_000;

function usage(more: Partial<UsageSum>): UsageSum {
  return {
    deviceId: 'd1',
    site: undefined,
    service: undefined,
    variant: undefined,
    variantName: undefined,
    model: undefined,
    modelTitle: undefined,
    requests: 0,
    tokensIn: 0,
    tokensOut: 0,
    busyMs: 0,
    measuredMj: 0,
    modelledMj: 0,
    ...more,
  };
}

const served = (more: Partial<UsageSum>) =>
  usage({ service: 'assistant', variant: 'v'.repeat(64), variantName: 'small-q4', ...more });

function report(
  by: CostRequest['by'],
  boxes: UsageSum[],
  services: UsageSum[],
  more: { tariffs?: typeof tariffs; prices?: typeof prices } = {},
) {
  return costReport({
    request: { ...range, by },
    currency: 'EUR',
    segments: [{ ...range, devices: boxes, services }],
    tariffs,
    prices,
    devices,
    ...more,
  });
}

describe('a cost report', () => {
  const boxes = [usage({ modelledMj: 4 * KWH }), usage({ deviceId: 'd2', measuredMj: KWH })];
  const services = [served({ modelledMj: 3 * KWH, tokensOut: 1_000_000, busyMs: 10, requests: 7 })];

  it('says per device what energy and hardware cost, and how it knows', () => {
    const { lines } = report('device', boxes, services);
    expect(lines[0]).toMatchObject({
      key: 'd1',
      label: 'box one',
      requests: 7,
      energy: { amount: { micro: 1_000_000, currency: 'EUR' }, basis: 'modelled' },
      hardware: { amount: { micro: 1_000_000 }, basis: 'modelled' },
      total: { amount: { micro: 2_000_000 }, basis: 'modelled' },
      perMillionTokens: { amount: { micro: 2_000_000 } },
    });
    expect(lines[1]).toMatchObject({
      key: 'd2',
      energy: { amount: { micro: 250_000 }, basis: 'measured' },
      joules: { measured: KWH / 1_000, modelled: 0 },
    });
    expect(lines[1]).not.toHaveProperty('perMillionTokens');
  });

  it('says per service what it caused, and keeps what nothing caused apart', () => {
    const { lines } = report('service', boxes, services);
    expect(lines.map((line) => [line.key, line.energy.amount.micro, line.hardware.amount.micro])).toEqual([
      ['assistant', 750_000, 1_000_000],
      ['none', 500_000, 1_000_000],
    ]);
  });

  it('names a variant by its digest and shows its name', () => {
    expect(report('variant', boxes, services).lines[0]).toMatchObject({
      key: 'v'.repeat(64),
      label: 'small-q4',
    });
  });

  it('puts the variants of a model on one line, and those of no model in the catalogue on another', () => {
    const small = { model: 'small', modelTitle: 'Small' };
    const { lines } = report('model', boxes, [
      served({ ...small, tokensOut: 1, modelledMj: KWH }),
      served({ ...small, variant: 'w'.repeat(64), variantName: 'small-q8', tokensOut: 2, modelledMj: KWH }),
      served({ variant: 'x'.repeat(64), variantName: 'gone-q4', tokensOut: 4 }),
    ]);
    expect(lines.map(({ key, label, tokensOut }) => [key, label, tokensOut])).toEqual([
      ['none', 'no service', 0],
      ['small', 'Small', 3],
      ['unknown', 'unknown', 4],
    ]);
  });

  it.each(['service', 'model', 'variant'] as const)(
    'has one line for what boxes made for themselves, by %s',
    (by) => {
      const local = { service: 'local', variant: '0'.repeat(64), variantName: 'local' };
      const { lines } = report(by, boxes, [...services, served({ ...local, tokensOut: 5, modelledMj: 1 })]);
      expect(lines.find(({ key }) => key === 'local')).toMatchObject({ label: 'local', tokensOut: 5 });
    },
  );

  it('calls a sum with one modelled joule modelled', () => {
    const [line] = report('device', [usage({ measuredMj: KWH, modelledMj: 1 })], []).lines;
    expect(line?.energy.basis).toBe('modelled');
  });

  it('says which prices it does not know', () => {
    const bare = report('device', boxes, services, { tariffs: [], prices: [] });
    expect(bare.missing).toEqual(['hardware-price', 'tariff']);
    expect(bare.total.total.amount.micro).toBe(0);
    expect(report('device', boxes, services).missing).toEqual([]);
  });

  it('adds up to the same, however it is cut', () => {
    const amount = fc.nat(10 * KWH);
    const service = fc
      .tuple(
        fc.constantFrom('d1', 'd2'),
        fc.constantFrom('a', 'b'),
        fc.constantFrom('x', 'y'),
        amount,
        fc.nat(1_000),
      )
      .map(([deviceId, name, variant, modelledMj, busyMs]) =>
        served({
          deviceId,
          service: name,
          variant,
          variantName: variant,
          model: variant === 'x' ? 'm' : undefined,
          modelledMj,
          busyMs,
          tokensIn: busyMs,
        }),
      );
    fc.assert(
      fc.property(fc.array(service, { maxLength: 12 }), amount, amount, (own, idleOne, idleTwo) => {
        const explained = (deviceId: string) =>
          own.filter((u) => u.deviceId === deviceId).reduce((sum, u) => sum + u.modelledMj, 0);
        const boxSums = [
          usage({ modelledMj: explained('d1') + idleOne }),
          usage({ deviceId: 'd2', modelledMj: explained('d2') + idleTwo }),
        ];
        const [device, ...others] = CostBy.options.map((by) => report(by, boxSums, own).total);
        for (const other of others) {
          expect(other.hardware.amount).toEqual(device?.hardware.amount);
          expect(other.joules).toEqual(device?.joules);
          expect(other.tokensIn).toBe(device?.tokensIn);
          // Each line rounds once, by half a millionth at most.
          const difference = other.energy.amount.micro - (device?.energy.amount.micro ?? 0);
          expect(Math.abs(difference)).toBeLessThanOrEqual(own.length + 2);
        }
      }),
    );
  });

  it('has a total that is the sum of its lines', () => {
    const { lines, total } = report('service', boxes, services);
    const sum = lines.reduce((all, line) => all + line.total.amount.micro, 0);
    expect(total.total.amount.micro).toBe(sum);
  });
});
