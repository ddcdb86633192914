import { decideClimb, type Climb } from '@flotilla/agent-serving-core';
import type { Clock, Timer } from '@flotilla/kernel';

/** How often a degraded engine is looked at. */
const LOOK_MS = 60_000;

/** It stands a rung higher. */
export interface Climbed {
  /** Resolves when the one that served before is gone, and its memory free. */
  alone: Promise<void>;
}

export interface ClimberOptions {
  clock: Clock;
  /** Since the last request, in milliseconds; 0 while one runs. */
  idleMs: () => number;
  /** Takes the memory of another copy until it is given back; undefined where there is none. */
  reserve: () => Promise<(() => void) | undefined>;
  /** Undefined: it stands where it stood. */
  climb: (how: Exclude<Climb, 'stay'>) => Promise<Climbed | undefined>;
}

/** Brings a degraded engine back up, rung by rung, while it serves. */
export interface Climber {
  /** It runs, and has a rung to take back: its good time goes on. */
  watch(): void;
  /** It does not run, or runs as promised. */
  rest(): void;
  /** It ended by itself: its good time begins anew. */
  noteEnd(): void;
  /** A rung was taken: the same, and a climb before it was too early. */
  noteFall(): void;
  /** Resolves when no climb is under way. */
  idle(): Promise<void>;
}

export function createClimber({ clock, idleMs, reserve, climb }: ClimberOptions): Climber {
  let timer: Timer | undefined;
  let since = 0;
  /** What it had before it last slept. */
  let goodMs = 0;
  let failures = 0;
  let hasClimbed = false;
  let looking = false;
  let climbing: Promise<void> = Promise.resolve();

  function watch(): void {
    rest();
    since = clock.monotonic();
    arm();
  }

  function rest(): void {
    if (timer !== undefined) goodMs += clock.monotonic() - since;
    timer?.cancel();
    timer = undefined;
  }

  function beginAnew(): void {
    goodMs = 0;
    since = clock.monotonic();
  }

  function arm(): void {
    const own = clock.setTimeout(() => {
      climbing = Promise.all([climbing, look()]).then(
        // Resting or being watched anew meanwhile, it has another timer, or none.
        () => void (timer === own && arm()),
      );
    }, LOOK_MS);
    timer = own;
  }

  async function look(): Promise<void> {
    if (looking) return; // a climb goes on that a sleep has left behind
    looking = true;
    try {
      await lookOnce();
    } catch {
      // The memory could not be read; a later look may tell.
    } finally {
      looking = false;
    }
  }

  async function lookOnce(): Promise<void> {
    const facts = { goodMs: goodMs + clock.monotonic() - since, failures };
    if (decideClimb({ ...facts, idleMs: idleMs(), fitsBeside: true }) === 'stay') return;
    const giveBack = await reserve();
    try {
      const how = decideClimb({ ...facts, idleMs: idleMs(), fitsBeside: giveBack !== undefined });
      if (how === 'stay') return;
      const climbed = await climb(how);
      hasClimbed = climbed !== undefined;
      if (climbed === undefined) failures += 1;
      beginAnew();
      await climbed?.alone;
    } finally {
      giveBack?.();
    }
  }

  return {
    watch,
    rest,
    noteEnd: beginAnew,
    noteFall() {
      if (hasClimbed) failures += 1;
      hasClimbed = false;
      beginAnew();
    },
    idle: () => climbing,
  };
}
