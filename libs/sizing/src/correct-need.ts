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
  const byOthers = others.map(({ estimatedBytes, actualBytes }) =>
    // The excess of a small model is overhead, that of a large one is a share: whichever says less is carried over.
    Math.min(
      need.totalBytes * Math.min(LARGEST_FACTOR, actualBytes / estimatedBytes),
      need.totalBytes + actualBytes - estimatedBytes,
    ),
  );
  const totalBytes = Math.ceil(
    Math.max(need.totalBytes, ...(same === undefined ? byOthers : [same.actualBytes])),
  );
  return { configuration, need: { ...need, totalBytes } };
}
