import type { ConfiguredNeed } from './engine-configuration.ts';

/** An estimate beside what was then seen of it, on one device. */
export interface SeenMemory {
  estimatedBytes: number;
  actualBytes: number;
}

/** A single wild measurement must not lock every model out. */
const LARGEST_FACTOR = 1.5;

/**
 * A need corrected by what this device saw: never below the estimate, because an engine that has not yet filled its
 * context takes less than it will. `same` is what this model took in this configuration, `others` what all took.
 */
export function correctNeed({
  estimated,
  same,
  others,
}: {
  estimated: ConfiguredNeed;
  same?: SeenMemory;
  others: readonly SeenMemory[];
}): ConfiguredNeed {
  const { configuration, need } = estimated;
  const factors = others.map(({ estimatedBytes, actualBytes }) => actualBytes / estimatedBytes);
  const factor = Math.min(LARGEST_FACTOR, Math.max(1, ...factors.filter(Number.isFinite)));
  const byOthers = Math.ceil(need.totalBytes * factor);
  const totalBytes = Math.max(need.totalBytes, same?.actualBytes ?? byOthers);
  return { configuration, need: { ...need, totalBytes } };
}
