import type { Money } from '@flotilla/contracts';
import { countThings, formatBytes as inUnits } from '@flotilla/kernel';

/* All people-facing numbers go through Intl in the user's locale. */

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 });

const { locale } = whole.resolvedOptions();

/** One decimal below a hundred, none above: more digits than that say nothing. */
export const formatNumber = (value: number) => (Math.abs(value) < 100 ? tenths : whole).format(value);
export const formatCount = (value: number) =>
  Math.abs(value) < 10_000 ? formatNumber(value) : compact.format(value);
export const formatShare = (value: number) => percent.format(value);

/** As disks, memory and networks are sold: 1 GB is 10^9 bytes. */
export const formatBytes = (bytes: number) => inUnits(bytes, { locale });

/** `1 device`, `3 devices`. */
export const formatCounted = (count: number, one: string, many?: string) =>
  countThings(count, one, { locale, ...(many === undefined ? {} : { many }) });

/** Small amounts keep two significant digits: a box costs fractions of a cent per hour. */
export function formatMoney({ micro, currency }: Money): string {
  const amount = micro / 1e6;
  const small = Math.abs(amount) < 1 && amount !== 0;
  return new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency,
    ...(small ? { minimumSignificantDigits: 2, maximumSignificantDigits: 2 } : {}),
  }).format(amount);
}

/** Joules below a tenth of a watt-hour, watt-hours below a kilowatt-hour. */
export function formatEnergy(joules: number): string {
  if (joules < 360) return `${formatNumber(joules)} J`;
  if (joules < 3_600_000) return `${formatNumber(joules / 3_600)} Wh`;
  return `${formatNumber(joules / 3_600_000)} kWh`;
}
