/** A sequence that still has prompt to read. */
export interface PrefillNeed {
  /** Rises with arrival. */
  id: number;
  remaining: number;
  /** Higher goes first. */
  priority: number;
}

export interface PrefillShare {
  id: number;
  tokens: number;
}

/**
 * Part of the batch that prompt may fill while more answers are being written than wait to begin, or one beside one. On a processor a prompt
 * token takes about a third of a decode step, so that a whole batch of 512 would hold every stream up for the time of 150
 * tokens. Else whole batches: smaller parts cost all of them tokens per second (measured beside llama-server:
 * `docs/decisions/2026-11-26-neighbours.md`).
 */
const SHARE_WHEN_MORE_STREAM = 1 / 4;
/** Less would make a long prompt slow for nothing: a step has costs of its own. */
const LEAST_SHARE = 16;
/** Of so many prompts half are read first: most get their first token earlier, the last ones hardly later. */
const SEVERAL = 3;
/** A prompt this many times shorter than the oldest may be read beside it. */
const MUCH_SHORTER = 2;

/**
 * How much prompt is read in the next step, beside one token of each live stream.
 *
 * - A step stays short for the majority: prompt gets a quarter of the batch where more requests write answers than wait for
 *   their first token, and where one waits beside one; else all of it that the streams leave.
 * - Higher priorities are read first; lower ones get what they leave.
 * - Among equals the oldest is read first: in turn, each gets its first token early; in equal shares, all would get it
 *   late. For the same reason only the older half of several short ones is read in a step.
 * - Half of the room goes to prompts much shorter than the oldest, so that nobody waits for a long one.
 */
export function planPrefill(
  needs: readonly PrefillNeed[],
  liveStreams: number,
  batchTokens: number,
): PrefillShare[] {
  const given = new Map<number, number>();
  let room = prefillRoom(needs.length, liveStreams, batchTokens);

  function give(need: PrefillNeed, most: number): number {
    const before = given.get(need.id) ?? 0;
    const tokens = Math.max(0, Math.min(need.remaining - before, most, room));
    if (tokens > 0) given.set(need.id, before + tokens);
    room -= tokens;
    return tokens;
  }

  for (const group of byPriority(nextOf(needs, liveStreams, room))) {
    const [oldest, ...younger] = group;
    if (oldest === undefined) continue;
    const short = younger
      .filter(({ remaining }) => remaining * MUCH_SHORTER <= oldest.remaining)
      .sort((left, right) => left.remaining - right.remaining || left.id - right.id);
    let passing = short.length > 0 && oldest.remaining > room / 2 ? Math.floor(room / 2) : 0;
    for (const need of short) passing -= give(need, passing);
    for (const need of group) give(need, room);
  }
  return [...given].map(([id, tokens]) => ({ id, tokens }));
}

/** Tokens of prompt that the next step may read. At least one, wherever the batch has room beside the streams. */
export function prefillRoom(waiting: number, liveStreams: number, batchTokens: number): number {
  const free = Math.max(0, batchTokens - liveStreams);
  if (liveStreams === 0 || (waiting > 1 && waiting >= liveStreams)) return free;
  return Math.min(free, Math.max(LEAST_SHARE, Math.floor(batchTokens * SHARE_WHEN_MORE_STREAM)));
}

/** The older half of several prompts, where the step reads it whole and more wait than stream; else all. */
function nextOf(needs: readonly PrefillNeed[], liveStreams: number, room: number): readonly PrefillNeed[] {
  if (needs.length < SEVERAL || needs.length <= liveStreams) return needs;
  const half = byPriority(needs)
    .flat()
    .slice(0, Math.ceil(needs.length / 2));
  return half.reduce((sum, { remaining }) => sum + remaining, 0) <= room ? half : needs;
}

/** Highest priority first; each group from the oldest on. */
function byPriority(needs: readonly PrefillNeed[]): PrefillNeed[][] {
  const groups = new Map<number, PrefillNeed[]>();
  for (const need of [...needs].sort((left, right) => left.id - right.id))
    groups.set(need.priority, [...(groups.get(need.priority) ?? []), need]);
  return [...groups].sort(([left], [right]) => right - left).map(([, group]) => group);
}
