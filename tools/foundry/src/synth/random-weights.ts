import { encodeValues } from '../gguf/encode.ts';
import { tensorBytes, type TensorType } from '../gguf/tensor-type.ts';

const UNIT_VALUES = 32;
const SLICE_UNITS = 4096;
/** Prime numbers of units: no row length divides them, so rows differ although the bytes repeat. */
const PERIODS = [4093, 16_381, 65_521, 262_139] as const;
/** Uniform weights with the usual initial deviation of 0.02. */
const LARGEST_WEIGHT = 0.02 * Math.sqrt(3);

export type RandomWeights = {
  /** Encoded weights for a tensor of `values` values (whole units of 32); `lane` picks where in the block it starts. */
  read(options: { values: number; lane: number }): Iterable<Uint8Array>;
};

/**
 * One block of random weights, encoded once, that every tensor repeats from its own starting point.
 *
 * `largestTensor` (in values) bounds the block, which is never above 17 MB; encoding each weight of a 1B model
 * afresh would take minutes and prove nothing more.
 */
export function createRandomWeights({
  seed,
  type,
  largestTensor,
}: {
  seed: number;
  type: TensorType;
  largestTensor: number;
}): RandomWeights {
  const needed = Math.ceil(largestTensor / UNIT_VALUES);
  const units = PERIODS.find((period) => period >= needed) ?? PERIODS[PERIODS.length - 1]!;
  const unitBytes = tensorBytes(type, UNIT_VALUES);
  const block = new Uint8Array(units * unitBytes);
  const next = xorshift(seed);
  for (let unit = 0; unit < units; unit += SLICE_UNITS) {
    const values = new Float32Array(Math.min(SLICE_UNITS, units - unit) * UNIT_VALUES);
    for (let i = 0; i < values.length; i++) values[i] = next() * LARGEST_WEIGHT;
    block.set(encodeValues(type, values), unit * unitBytes);
  }
  return {
    *read({ values, lane }) {
      let left = tensorBytes(type, values);
      let at = ((lane * 7919 + seed) % units) * unitBytes;
      while (left > 0) {
        const piece = block.subarray(at, Math.min(block.length, at + left));
        yield piece;
        left -= piece.length;
        at = 0;
      }
    },
  };
}

/** Marsaglia's xorshift32, as numbers in [-1, 1). */
function xorshift(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 0x80000000;
  };
}
