import { z } from 'zod';

const UNITS_MS = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const PART = /(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|ms|s|m|h)/gy;

/** Milliseconds of one of Ollama's durations: seconds as a number, or text such as `1.5h` or `2h45m`. Below zero: for ever. */
export function durationMs(value: number | string): number | undefined {
  if (typeof value === 'number') return value * 1_000;
  const text = value.trim();
  const sign = text.startsWith('-') ? -1 : 1;
  const rest = text.replace(/^[+-]/, '');
  if (/^\d+(\.\d+)?$/.test(rest)) return sign * Number(rest) * 1_000;
  let read = 0;
  let total = 0;
  for (const [part, amount, unit] of rest.matchAll(PART)) {
    read += part.length;
    total += Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS];
  }
  return rest !== '' && read === rest.length ? sign * total : undefined;
}

/** Longer than any box runs: what is wished beyond it is for ever, and no date has to tell it. */
const LONGEST_MS = 100 * 365 * 24 * UNITS_MS.h;

/** How long a model stays loaded after a request, in milliseconds; Infinity: it is not unloaded by time. */
export const KeepAlive = z
  .union([z.number(), z.string()])
  .refine(
    (value) => durationMs(value) !== undefined,
    'is no duration such as `5m`, `-1` or a number of seconds',
  )
  .transform((value) => {
    const ms = durationMs(value) ?? Infinity;
    return ms < 0 || ms > LONGEST_MS ? Infinity : ms;
  });
