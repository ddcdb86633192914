/** How long a degraded engine must run without an end before it is opened a rung higher. */
const GOOD_MS = 3_600_000;
/** The wait doubles with each climb that failed, up to this. */
const MOST_GOOD_MS = 24 * GOOD_MS;
/** Where there is no room for a second copy, requests wait for a load: only where none came for so long. */
const IDLE_MS = 600_000;

/** How a degraded engine goes a rung up: `beside`, the old one serves meanwhile · `in-place`, it is closed first. */
export type Climb = 'stay' | 'beside' | 'in-place';

export interface ClimbFacts {
  /** It ran so long, sleep left out, since it last ended by itself or climbed, or a climb failed, in milliseconds. */
  goodMs: number;
  /** Since its last request; 0 while one runs. */
  idleMs: number;
  /** Climbs that failed: at once, or by ending soon afterwards. */
  failures: number;
  /** Whether memory holds another copy of it now. */
  fitsBeside: boolean;
}

/** Whether it is time, and how; a climb takes back one rung, so that what is wrong with it is known. */
export function decideClimb({ goodMs, idleMs, failures, fitsBeside }: ClimbFacts): Climb {
  if (goodMs < Math.min(MOST_GOOD_MS, GOOD_MS * 2 ** failures) || idleMs === 0) return 'stay';
  if (fitsBeside) return 'beside';
  return idleMs >= IDLE_MS ? 'in-place' : 'stay';
}
