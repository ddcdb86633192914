const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;

/**
 * `812 MB`, `1.2 GB`: decimal units (1 GB = 10^9 bytes) as vendors print them, at most three significant digits.
 * `locale` is for people's screens; the default is English, for sentences that machines keep.
 */
export function formatBytes(bytes: number, { locale = 'en' }: { locale?: string } = {}): string {
  let value = Math.abs(bytes);
  let step = 0;
  // 999.5 would round to 1000 of a unit.
  while (value >= 999.5 && step < UNITS.length - 1) {
    value /= 1000;
    step += 1;
  }
  const signed = bytes < 0 ? -value : value;
  const format = { maximumFractionDigits: step === 0 || value >= 99.95 ? 0 : 1 };
  // In words, English says "5 byte".
  if (step === 0) return `${new Intl.NumberFormat(locale, format).format(signed)} B`;
  return new Intl.NumberFormat(locale, {
    ...format,
    style: 'unit',
    unit: UNITS[step] ?? 'byte',
    unitDisplay: 'short',
  }).format(signed);
}
