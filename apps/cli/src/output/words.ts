import { countThings, formatBytes } from '@flotilla/kernel';

/* Numbers and times for a terminal, in the user's locale. */

const plain = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const { locale } = plain.resolvedOptions();

export const number = (value: number) => plain.format(value);

/** `1 model`, `3 models`. */
export const counted = (count: number, thing: string, many?: string) =>
  countThings(count, thing, { locale, ...(many === undefined ? {} : { many }) });

export const bytes = (value: number) => formatBytes(value, { locale });

export function ago(at: number | undefined, now: number): string {
  if (at === undefined) return 'never';
  const seconds = Math.max(0, Math.round((now - at) / 1_000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3_600)} h ago`;
  return `${Math.round(seconds / 86_400)} d ago`;
}

/** As `ago`, for a narrow column under `AGE`: `5m`. */
export const age = (at: number, now: number) => ago(at, now).replace(/ (\w).*/, '$1');

export const time = (at: number) => new Date(at).toISOString().replace('T', ' ').slice(0, 19);
export const short = (digest: string) => digest.slice(0, 12);

/** ` with shop-lora`, or at what strength; nothing where there is no adapter. */
export function withAdapter(adapter: { name: string; scale: number } | undefined): string {
  if (adapter === undefined) return '';
  return ` with ${adapter.name}${adapter.scale === 1 ? '' : ` × ${number(adapter.scale)}`}`;
}
