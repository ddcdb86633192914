import type { HardwarePrice, Tariff } from '@flotilla/contracts';
import { BUCKET_MS } from './rollup.ts';
import type { TimeRange } from './telemetry.ts';

const MJ_PER_KWH = 3_600_000_000n;
/** A month of straight-line depreciation: a twelfth of 365.25 days. */
const MONTH_MS = 2_629_800_000n;

/** Micro-units for so much energy, rounded half up once. */
export function energyCost(mj: number, perKwhMicro: number): bigint {
  return roundedDivision(BigInt(mj) * BigInt(perKwhMicro), MJ_PER_KWH);
}

/** From when on a tariff counts: the first quarter hour that begins at or after its date. */
export function tariffStart({ validFrom }: Pick<Tariff, 'validFrom'>): number {
  return Math.ceil(validFrom / BUCKET_MS) * BUCKET_MS;
}

/** The tariff at a moment: the site's own before the general one, the newest date first, of one date the last added. */
export function tariffAt(
  tariffs: readonly Tariff[],
  { at, site }: { at: number; site: string | undefined },
): Tariff | undefined {
  const valid = tariffs.filter((tariff) => tariffStart(tariff) <= at);
  const own = site === undefined ? [] : valid.filter((tariff) => tariff.site === site);
  const candidates = own.length > 0 ? own : valid.filter((tariff) => tariff.site === undefined);
  return candidates.toSorted(newestFirst)[0];
}

/** The range cut where a tariff begins, so that within a piece no price changes. */
export function priceSegments(range: TimeRange, tariffs: readonly Tariff[]): TimeRange[] {
  const inside = tariffs.map(tariffStart).filter((at) => at > range.from && at < range.to);
  const cuts = [range.from, ...[...new Set(inside)].sort((a, b) => a - b), range.to];
  return cuts.slice(1).map((to, index) => ({ from: cuts[index] ?? to, to }));
}

/**
 * What a device's hardware cost over a range, straight-line: each price holds from its date (not before the device
 * was here) until its life is over or the next price begins. `covered` says whether every moment had a price.
 */
export function hardwareCost({
  prices,
  deviceId,
  range,
  here,
}: {
  prices: readonly HardwarePrice[];
  deviceId: string;
  range: TimeRange;
  here: TimeRange;
}): { micro: bigint; covered: boolean } {
  const own = prices.filter((price) => price.deviceId === deviceId);
  const applying = (own.length > 0 ? own : prices.filter((price) => price.deviceId === undefined)).toSorted(
    (a, b) => -newestFirst(a, b),
  );
  const from = Math.max(range.from, here.from);
  const to = Math.min(range.to, here.to);
  let micro = 0n;
  for (const [index, price] of applying.entries()) {
    const life = BigInt(price.lifeMonths) * MONTH_MS;
    const next = applying[index + 1]?.validFrom ?? Number.MAX_SAFE_INTEGER;
    const begin = Math.max(from, price.validFrom);
    const end = Math.min(to, next, price.validFrom + Number(life));
    if (end > begin) micro += roundedDivision(BigInt(price.price.micro) * BigInt(end - begin), life);
  }
  const first = applying[0]?.validFrom;
  return { micro, covered: to <= from || (first !== undefined && first <= from) };
}

/** Whole numbers, half up; the divisor is positive. */
export function roundedDivision(dividend: bigint, divisor: bigint): bigint {
  const doubled = 2n * dividend + divisor;
  const quotient = doubled / (2n * divisor);
  return doubled < 0n && doubled % (2n * divisor) !== 0n ? quotient - 1n : quotient;
}

function newestFirst(a: { validFrom: number; id: string }, b: { validFrom: number; id: string }): number {
  return b.validFrom - a.validFrom || (a.id < b.id ? 1 : -1);
}
