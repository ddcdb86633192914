import type { DeviceFacts } from './device.ts';
import type { Labels } from './labels.ts';

/** One condition: the named label or hardware fact has this very value. */
export interface Requirement {
  key: string;
  value: string;
}

/** A conjunction; the empty one (written `*`) matches every device. */
export interface Selector {
  all: Requirement[];
}

export type SelectorParse = { ok: true; selector: Selector } | { ok: false; reason: string };

const KEY = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/;
const VALUE = /^[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?$/;

/**
 * Reads `site=lisbon AND hw.arch=arm64` (`,` joins as well; `*` means every device).
 *
 * Keys: a label, `device` (the id), or a hardware fact `hw.os`, `hw.arch`, `hw.gpu`.
 */
export function parseSelector(text: string): SelectorParse {
  const trimmed = text.trim();
  if (trimmed === '')
    return { ok: false, reason: 'a selector is empty: write `*` for every device, or `key=value`' };
  if (trimmed === '*') return { ok: true, selector: { all: [] } };
  const all: Requirement[] = [];
  for (const part of trimmed.split(/\s*,\s*|\s+and\s+/i)) {
    const at = part.indexOf('=');
    const key = part.slice(0, at).trim();
    const value = part.slice(at + 1).trim();
    if (at < 1 || !KEY.test(key) || !VALUE.test(value)) {
      return {
        ok: false,
        reason: `\`${part}\` is not \`key=value\`: join conditions with AND, as in \`site=lisbon AND hw.arch=arm64\``,
      };
    }
    all.push({ key, value });
  }
  return { ok: true, selector: { all } };
}

/** The canonical text of a selector. */
export function formatSelector(selector: Selector): string {
  return selector.all.length === 0
    ? '*'
    : selector.all.map(({ key, value }) => `${key}=${value}`).join(' AND ');
}

export interface Selectable {
  id: string;
  labels: Labels;
  facts?: DeviceFacts | undefined;
}

/** The value of `hw.gpu`: `none` where there is no GPU, `unknown` where looking for one failed. */
export function gpuBackend(facts: DeviceFacts | undefined): string {
  const [first] = facts?.gpus ?? [];
  if (first !== undefined) return first.backend;
  return facts?.unknown.some(({ probe }) => probe === 'gpus') ? 'unknown' : 'none';
}

export function matchesSelector(selector: Selector, device: Selectable): boolean {
  return selector.all.every(({ key, value }) => selectableValue(device, key) === value);
}

function selectableValue({ id, labels, facts }: Selectable, key: string): string | undefined {
  if (key === 'device') return id;
  if (key === 'hw.os') return facts?.os.platform;
  if (key === 'hw.arch') return facts?.cpu.arch;
  if (key === 'hw.gpu') return gpuBackend(facts);
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
