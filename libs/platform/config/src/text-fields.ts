import { parseDuration } from '@flotilla/kernel';
import { z } from 'zod';

/** A duration as `30s`, `5m` or `1h30m`, or a whole number of milliseconds; read as milliseconds. */
export const DurationField = z.union([z.int().min(0), z.string()]).transform((value, context) => {
  const ms = typeof value === 'number' ? value : parseDuration(value);
  if (ms === undefined) context.addIssue('expected a duration such as 30s, 5m, 2h or 1d');
  return ms ?? z.NEVER;
});

const UNIT_BYTES: Record<string, number> = {
  '': 1,
  b: 1,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
};

/** A size as `512MiB` or `2GB`, or a whole number of bytes; read as bytes. */
export const BytesField = z.union([z.int().min(0), z.string()]).transform((value, context) => {
  if (typeof value === 'number') return value;
  const [, count, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(value.trim().toLowerCase()) ?? [];
  const unitBytes = UNIT_BYTES[unit ?? 'none'];
  if (count !== undefined && unitBytes !== undefined) return Math.round(Number(count) * unitBytes);
  context.addIssue('expected a size such as 64KiB, 512MiB or 2GB');
  return z.NEVER;
});
