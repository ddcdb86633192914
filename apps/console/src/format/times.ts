const clock = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const hour = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });

const STEPS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

export const formatTime = (at: number) => clock.format(at);
export const formatHour = (at: number) => hour.format(at);
export const formatDay = (at: number) => day.format(at);

/** "3 min. ago"; the nearest whole unit. */
export function formatAgo(at: number, now: number = Date.now()): string {
  const delta = at - now;
  const [unit, size] = STEPS.find(([, length]) => Math.abs(delta) >= length) ?? (['second', 1_000] as const);
  return relative.format(Math.round(delta / size), unit);
}

/** "1 h 5 min": the two largest units. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const parts: string[] = [];
  let rest = ms;
  for (const [unit, size] of STEPS) {
    const count = Math.floor(rest / size);
    if (count > 0)
      parts.push(
        new Intl.NumberFormat(undefined, { style: 'unit', unit, unitDisplay: 'narrow' }).format(count),
      );
    rest -= count * size;
  }
  return parts.slice(0, 2).join(' ');
}
