import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { energyCost, hardwareCost, priceSegments, roundedDivision, tariffAt, tariffStart } from './prices.ts';
import { BUCKET_MS } from './rollup.ts';

const eur = (micro: number) => ({ micro, currency: 'EUR' });
const tariff = (id: string, validFrom: number, micro: number, site?: string) => ({
  id,
  validFrom,
  perKwh: eur(micro),
  site,
});
const MONTH = 2_629_800_000;

describe('energy', () => {
  it('costs what a kilowatt-hour costs', () => {
    expect(energyCost(3_600_000_000, 250_000)).toBe(250_000n);
    expect(energyCost(1, 250_000)).toBe(0n);
    expect(energyCost(1_750, 250_000_000_000)).toBe(121_528n);
  });

  it('is exact far beyond what floating point can add', () => {
    expect(energyCost(Number.MAX_SAFE_INTEGER, 1_000_001)).toBe(
      (BigInt(Number.MAX_SAFE_INTEGER) * 1_000_001n + 1_800_000_000n) / 3_600_000_000n,
    );
  });

  it('rounds half up, below zero as well', () => {
    expect([5n, 4n, -5n, -6n, 0n].map((n) => roundedDivision(n, 10n))).toEqual([1n, 0n, 0n, -1n, 0n]);
  });
});

describe('tariffs', () => {
  const all = [
    tariff('1', 0, 100),
    tariff('2', BUCKET_MS * 4, 200),
    tariff('3', BUCKET_MS * 2, 300, 'lisbon'),
  ];

  it.each([
    [0, undefined, '1'],
    [BUCKET_MS * 4, undefined, '2'],
    [BUCKET_MS * 3, 'lisbon', '3'],
    [BUCKET_MS * 9, 'lisbon', '3'],
    [BUCKET_MS, 'lisbon', '1'],
    [BUCKET_MS * 3, 'porto', '1'],
  ])('at %d in %s is number %s', (at, site, id) => {
    expect(tariffAt(all, { at, site })?.id).toBe(id);
  });

  it('of one date is the one added last', () => {
    expect(tariffAt([tariff('1', 0, 1), tariff('2', 0, 2)], { at: 0, site: undefined })?.id).toBe('2');
  });

  it('begin with the next quarter hour', () => {
    expect(tariffStart({ validFrom: BUCKET_MS })).toBe(BUCKET_MS);
    expect(tariffStart({ validFrom: BUCKET_MS + 1 })).toBe(2 * BUCKET_MS);
  });

  it('never change what lay before their date', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), fc.nat(1_000), (at, validFrom, micro) => {
        const time = at * BUCKET_MS;
        const added = tariff('9', validFrom * BUCKET_MS, micro);
        if (time >= added.validFrom) return;
        expect(tariffAt([...all, added], { at: time, site: undefined })).toEqual(
          tariffAt(all, { at: time, site: undefined }),
        );
      }),
    );
  });

  it('cut a range into pieces that follow each other without gap', () => {
    const range = { from: BUCKET_MS, to: BUCKET_MS * 10 };
    expect(priceSegments(range, all)).toEqual([
      { from: BUCKET_MS, to: BUCKET_MS * 2 },
      { from: BUCKET_MS * 2, to: BUCKET_MS * 4 },
      { from: BUCKET_MS * 4, to: BUCKET_MS * 10 },
    ]);
  });
});

describe('hardware', () => {
  const here = { from: 0, to: Number.MAX_SAFE_INTEGER };
  const price = (validFrom: number, micro: number, lifeMonths: number, deviceId?: string) => ({
    id: String(validFrom),
    validFrom,
    price: eur(micro),
    lifeMonths,
    deviceId,
  });

  it('costs its price over its life, straight-line, and nothing after', () => {
    const prices = [price(0, 12_000_000, 12)];
    const cost = (from: number, to: number) =>
      hardwareCost({ prices, deviceId: 'd', range: { from, to }, here }).micro;
    expect(cost(0, MONTH)).toBe(1_000_000n);
    expect(cost(0, MONTH * 12)).toBe(12_000_000n);
    expect(cost(0, MONTH * 99)).toBe(12_000_000n);
    expect(cost(MONTH * 12, MONTH * 99)).toBe(0n);
  });

  it('of a device itself goes before the one for every device', () => {
    const prices = [price(0, 12_000_000, 12), price(0, 24_000_000, 12, 'd')];
    const cost = (deviceId: string) =>
      hardwareCost({ prices, deviceId, range: { from: 0, to: MONTH }, here }).micro;
    expect(cost('d')).toBe(2_000_000n);
    expect(cost('e')).toBe(1_000_000n);
  });

  it('is paid for only while the device is here', () => {
    const prices = [price(0, 12_000_000, 12)];
    const joined = { from: MONTH, to: MONTH * 2 };
    expect(
      hardwareCost({ prices, deviceId: 'd', range: { from: 0, to: MONTH * 12 }, here: joined }).micro,
    ).toBe(1_000_000n);
  });

  it('says when a part of the time has no price', () => {
    const prices = [price(MONTH, 12_000_000, 12)];
    const range = { from: 0, to: MONTH * 2 };
    expect(hardwareCost({ prices, deviceId: 'd', range, here })).toEqual({
      micro: 1_000_000n,
      covered: false,
    });
    expect(hardwareCost({ prices: [], deviceId: 'd', range, here }).covered).toBe(false);
  });

  it('ends where the next price begins', () => {
    const prices = [price(0, 12_000_000, 12), price(MONTH, 24_000_000, 12)];
    const range = { from: 0, to: MONTH * 2 };
    expect(hardwareCost({ prices, deviceId: 'd', range, here }).micro).toBe(3_000_000n);
  });
});
