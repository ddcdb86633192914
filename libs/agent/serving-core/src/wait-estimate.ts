/** Weight of the newest observation: about the last ten count. */
const NEWEST = 0.2;

/** How long requests take here, as measured. */
export interface SpeedMeter {
  /** A request that held a sequence for `runMs` and produced `tokens` at `tokensPerSecond`. */
  observe(request: { runMs: number; tokensPerSecond?: number }): void;
  /** Mean time a request holds a sequence, in milliseconds; undefined before the first. */
  readonly meanRunMs: number | undefined;
  /** Mean decode speed of one stream; undefined before the first. */
  readonly tokensPerSecond: number | undefined;
}

export function createSpeedMeter(): SpeedMeter {
  let meanRunMs: number | undefined;
  let tokensPerSecond: number | undefined;
  return {
    observe(request) {
      meanRunMs = blend(meanRunMs, request.runMs);
      if (request.tokensPerSecond !== undefined)
        tokensPerSecond = blend(tokensPerSecond, request.tokensPerSecond);
    },
    get meanRunMs() {
      return meanRunMs;
    },
    get tokensPerSecond() {
      return tokensPerSecond;
    },
  };
}

function blend(mean: number | undefined, value: number): number {
  return mean === undefined ? value : mean + NEWEST * (value - mean);
}

export interface WaitFacts {
  /** Requests served before this one starts. */
  ahead: number;
  /** Requests that run at once. */
  sequences: number;
  meanRunMs: number | undefined;
  /** Ages of the running requests, in milliseconds. */
  runningMs: readonly number[];
}

/**
 * Milliseconds until a request with `ahead` others before it would start. Where even the youngest that runs is older than
 * the mean, the mean is out of date; before any has finished the oldest is the only measure.
 */
export function estimateWaitMs({ ahead, sequences, meanRunMs, runningMs }: WaitFacts): number {
  const runMs =
    meanRunMs === undefined
      ? Math.max(0, ...runningMs)
      : Math.max(meanRunMs, runningMs.length === 0 ? 0 : Math.min(...runningMs));
  return Math.ceil(((ahead + 1) / Math.max(1, sequences)) * runMs);
}

/** A share below it says how soon the first bytes came, not how fast the rest will. */
const LEAST_SHARE = 0.05;

export interface LoadFacts {
  /** How long the load has been under way, in milliseconds; 0 before it began. */
  elapsedMs: number;
  /** Part of the file that is read, from 0 to 1; undefined where it is not known. */
  share: number | undefined;
  /** How long the same load took before, in milliseconds; undefined before the first. */
  lastMs: number | undefined;
}

/** Milliseconds until a model is loaded: at the pace so far, else by the last load; undefined where nothing was measured. */
export function estimateLoadMs({ elapsedMs, share = 0, lastMs }: LoadFacts): number | undefined {
  if (share >= LEAST_SHARE) return Math.ceil((elapsedMs * (1 - share)) / share);
  return lastMs === undefined ? undefined : Math.max(0, Math.ceil(lastMs - elapsedMs));
}
