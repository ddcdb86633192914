const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof UNIT_MS;

const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/y;

/**
 * Milliseconds of a duration as people write it: `500ms`, `30s`, `5m`, `2h`, `1d`, and sums in falling units (`1h30m`).
 * A bare `0` is allowed, any other bare number is not: its unit would be a guess. Rounded to whole milliseconds.
 *
 * @returns undefined where the text is not a duration.
 */
export function parseDuration(text: string): number | undefined {
  const compact = text.trim();
  if (compact === '0') return 0;
  let total = 0;
  let smallest = Infinity;
  let position = 0;
  while (position < compact.length) {
    PART.lastIndex = position;
    const match = PART.exec(compact);
    const [whole, count, unit] = match ?? [];
    if (whole === undefined || count === undefined || unit === undefined) return undefined;
    const unitMs = UNIT_MS[unit as Unit];
    if (unitMs >= smallest) return undefined;
    smallest = unitMs;
    total += Number(count) * unitMs;
    position += whole.length;
  }
  const rounded = Math.round(total);
  return position > 0 && Number.isSafeInteger(rounded) ? rounded : undefined;
}

const LARGEST_FIRST: readonly Unit[] = ['d', 'h', 'm', 's', 'ms'];

/**
 * The shortest text that `parseDuration` reads back as the same whole number of milliseconds: `90000` → `1m30s`.
 * `parts` keeps only the largest units (default: all, so nothing is lost).
 */
export function formatDuration(
  ms: number,
  { parts = LARGEST_FIRST.length }: { parts?: number } = {},
): string {
  let rest = Math.round(Math.abs(ms));
  if (rest === 0) return '0';
  const texts: string[] = [];
  for (const unit of LARGEST_FIRST) {
    const count = Math.floor(rest / UNIT_MS[unit]);
    rest -= count * UNIT_MS[unit];
    if (count > 0) texts.push(`${count}${unit}`);
  }
  return (ms < 0 ? '-' : '') + texts.slice(0, parts).join('');
}
