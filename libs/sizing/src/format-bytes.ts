const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** `812 MB`, `1.2 GB`: decimal units, at most three significant digits, for sentences. */
export function formatBytes(bytes: number): string {
  let value = Math.abs(bytes);
  let unit = 0;
  // 999.5 would round to 1000 of a unit.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${bytes < 0 ? '-' : ''}${value.toFixed(digits).replace(/\.0$/, '')} ${UNITS[unit]}`;
}
