import { chooseThreads, threadCandidates, type ThreadSpeed } from './choose-threads.ts';

/** A step in which every stream got one token and no prompt was read. */
export interface DecodeStep {
  streams: number;
  ms: number;
  /** Monotonic milliseconds at its end. */
  at: number;
}

export interface ThreadTuner {
  readonly threads: number;
  /** The threads to use from the next step on, where they change. */
  observe(step: DecodeStep): number | undefined;
}

/** Steps whose median counts as one look at the speed. */
const WINDOW = 32;
/** Slower than this part of the best look is fallen. */
const FALLEN = 0.7;
/** How long it must stay fallen: a neighbour's short job is not worth a search. */
const LONG_ENOUGH_MS = 60_000;
/** Steps per setting while searching; the first after a change is not counted. */
const TRIAL_STEPS = 6;
/** A setting this much slower than the best is given up after one step: one thread too many can cost a hundredfold. */
const HOPELESS = 2;
/** Searches that begin again because the traffic changed; traffic that never stays the same long enough finds nothing. */
const MOST_BEGINNINGS = 3;
/** A search that found what was known is not repeated sooner: the box is slower now, whatever the threads. */
const REST_MS = 1_800_000;

/**
 * Chooses the threads again when decoding has become slow: with the traffic there is, one setting after the other.
 *
 * Steps are compared with those of the same number of streams only. After a search the speed found is the new measure,
 * so that a box that is merely hot or shared does not search for ever. A search that the traffic does not let end leaves
 * the threads as they were. Pure: it is told of steps and says what to use.
 */
export function createThreadTuner({ threads, limit }: { threads: number; limit: number }): ThreadTuner {
  const candidates = threadCandidates(limit);
  let current = threads;
  let watch = createSpeedWatch();
  let search: Search | undefined;
  let restUntil = 0;

  function begin(streams: number, { before = current, beginnings = 0 } = {}): number | undefined {
    search = {
      before,
      beginnings: beginnings + 1,
      streams,
      table: [],
      index: 0,
      trial: [],
      skip: 1,
      others: 0,
    };
    return use(candidates[0] ?? current);
  }

  function use(next: number): number | undefined {
    if (next === current) return undefined;
    current = next;
    return next;
  }

  function finish(best: number, at: number): number | undefined {
    search = undefined;
    watch = createSpeedWatch();
    restUntil = at + REST_MS;
    return use(best);
  }

  function tried(step: DecodeStep, open: Search): number | undefined {
    if (open.skip > 0) {
      open.skip -= 1;
      return undefined;
    }
    open.trial.push(step.ms);
    const best = Math.max(0, ...open.table.map(({ tokensPerSecond }) => tokensPerSecond));
    const speed = (1_000 * step.streams) / medianOf(open.trial);
    if (open.trial.length < TRIAL_STEPS && speed * HOPELESS >= best) return undefined;
    open.table.push({ threads: current, tokensPerSecond: speed });
    open.index += 1;
    open.trial = [];
    open.skip = 1;
    const next = candidates[open.index];
    // Past the peak it only gets worse.
    if (next === undefined || speed * HOPELESS < best)
      return finish(chooseThreads(open.table) ?? current, step.at);
    return use(next);
  }

  return {
    get threads() {
      return current;
    },
    observe(step) {
      if (limit <= 1 && threads <= 1) return undefined;
      if (search !== undefined) {
        if (step.streams === search.streams) return tried(step, search);
        // Another batch says nothing of this setting; where the traffic has changed for good, it begins again.
        search.others += 1;
        if (search.others <= WINDOW) return undefined;
        return search.beginnings < MOST_BEGINNINGS
          ? begin(step.streams, search)
          : finish(search.before, step.at);
      }
      const fallen = watch(step);
      return fallen && step.at >= restUntil ? begin(step.streams) : undefined;
    },
  };
}

interface Search {
  /** The threads when it began. */
  before: number;
  /** How often it began. */
  beginnings: number;
  streams: number;
  table: ThreadSpeed[];
  index: number;
  trial: number[];
  skip: number;
  /** Steps of another number of streams since it began. */
  others: number;
}

/** True while the speed has been fallen for long enough. */
function createSpeedWatch(): (step: DecodeStep) => boolean {
  const byStreams = new Map<number, { best: number; window: number[] }>();
  let fallenSince: number | undefined;
  return ({ streams, ms, at }) => {
    const seen = byStreams.get(streams) ?? { best: Infinity, window: [] };
    byStreams.set(streams, seen);
    seen.window.push(ms);
    if (seen.window.length < WINDOW) return false;
    const middle = medianOf(seen.window);
    seen.window = [];
    seen.best = Math.min(seen.best, middle);
    if (middle * FALLEN <= seen.best) {
      fallenSince = undefined;
      return false;
    }
    fallenSince ??= at;
    return at - fallenSince >= LONG_ENOUGH_MS;
  };
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}
