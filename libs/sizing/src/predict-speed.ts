/** A decode speed seen on this device. */
export interface SpeedAnchor {
  /** Bytes read per token: weights, plus the cache in use. */
  bytesPerToken: number;
  tokensPerSecond: number;
}

export interface SpeedPrediction {
  tokensPerSecond: number;
  /** Reached or passed four times of five. */
  low: number;
  /** Not passed four times of five. */
  high: number;
  basis: 'bandwidth' | 'anchors' | 'measured';
}

/** Milliseconds per token that no byte explains: launches, sampling, our own loop. Fitted 1.0-1.9 on GPUs (research). */
const PRIOR_OVERHEAD_MS = 1.2;
/** Part of the measured copy bandwidth that decoding reaches. */
const PRIOR_EFFICIENCY = 0.55;
/** Relative distance of `low` and `high` when no model was measured here: memory says little of the rest of a box. */
const PRIOR_SPREAD = 0.3;
/** The same with anchors, at least; 7.9 % was the mean error on held-out models with three of them. */
const ANCHORED_SPREAD = 0.1;

/**
 * Decode speed of one stream: every token reads all active bytes once, so `t = a + bytes / (efficiency × bandwidth)`.
 * With anchors from models that this device ran, both terms are fitted to them; two are enough, one sets the slope.
 * Undefined when there is neither an anchor nor a bandwidth: no number is better than a guess.
 */
export function predictSpeed({
  bytesPerToken,
  bandwidthBytesPerSecond,
  anchors = [],
}: {
  bytesPerToken: number;
  bandwidthBytesPerSecond?: number;
  anchors?: readonly SpeedAnchor[];
}): SpeedPrediction | undefined {
  const usable = anchors.filter(
    ({ tokensPerSecond, bytesPerToken: read }) => tokensPerSecond > 0 && read > 0,
  );
  if (usable.length > 0) {
    const { overheadMs, msPerByte, spread } = fit(usable);
    return around(overheadMs + bytesPerToken * msPerByte, Math.max(ANCHORED_SPREAD, 2 * spread), 'anchors');
  }
  if (bandwidthBytesPerSecond === undefined || bandwidthBytesPerSecond <= 0) return undefined;
  const ms = PRIOR_OVERHEAD_MS + (bytesPerToken / (PRIOR_EFFICIENCY * bandwidthBytesPerSecond)) * 1000;
  return around(ms, PRIOR_SPREAD, 'bandwidth');
}

/** Least squares on relative errors with both terms kept non-negative. */
function fit(anchors: readonly SpeedAnchor[]): { overheadMs: number; msPerByte: number; spread: number } {
  const points = anchors.map(({ bytesPerToken, tokensPerSecond }) => ({
    bytes: bytesPerToken,
    ms: 1000 / tokensPerSecond,
    weight: (tokensPerSecond / 1000) ** 2,
  }));
  const sum = (value: (point: (typeof points)[number]) => number): number =>
    points.reduce((total, point) => total + point.weight * value(point), 0);
  const weight = sum(() => 1);
  const meanBytes = sum(({ bytes }) => bytes) / weight;
  const meanMs = sum(({ ms }) => ms) / weight;
  const variance = sum(({ bytes }) => (bytes - meanBytes) ** 2);
  const covariance = sum(({ bytes, ms }) => (bytes - meanBytes) * (ms - meanMs));
  let msPerByte = variance > (meanBytes * 0.1) ** 2 * weight ? covariance / variance : NaN;
  let overheadMs = meanMs - msPerByte * meanBytes;
  if (!(msPerByte > 0) || overheadMs < 0) {
    // Too close together, or contradicting each other: one line through their middle and the usual overhead.
    overheadMs = Math.min(PRIOR_OVERHEAD_MS, meanMs / 2);
    msPerByte = (meanMs - overheadMs) / meanBytes;
  }
  const errors = points.map(({ bytes, ms }) => (overheadMs + msPerByte * bytes) / ms - 1);
  const spread = Math.sqrt(errors.reduce((total, error) => total + error * error, 0) / errors.length);
  return { overheadMs, msPerByte, spread };
}

function around(ms: number, spread: number, basis: SpeedPrediction['basis']): SpeedPrediction {
  const tokensPerSecond = 1000 / ms;
  return {
    tokensPerSecond,
    low: tokensPerSecond / (1 + spread),
    high: tokensPerSecond * (1 + spread),
    basis,
  };
}
