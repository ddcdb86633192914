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
 * Parts of the batch that prompt may fill while answers are being written. On a processor a prompt token takes about a
 * third of a decode step, so that a whole batch of 512 would hold every stream up for the time of 150 tokens. Parts half
 * as large cost a tenth of all tokens per second (measured beside llama-server: `docs/decisions/2026-11-25-huge-pages.md`).
 */
const SHARE_WHEN_MORE_WAIT = 1 / 2;
const SHARE_WHEN_MORE_STREAM = 1 / 4;
/** Less would make a long prompt slow for nothing: a step has costs of its own. */
const LEAST_SHARE = 16;
/** Of so many prompts that come together half are read first: the first token of most comes earlier, that of the last hardly later. */
const SEVERAL = 3;
/** A prompt this many times shorter than the oldest may be read beside it. */
const MUCH_SHORTER = 2;

/**
 * How much prompt is read in the next step, beside one token of each live stream.
 *
 * - A step stays short while streams are live: prompt then gets half of the batch as long as more requests wait
 *   for their first token than write answers, else a quarter. Without streams it gets all of it.
 * - Higher priorities are read first; lower ones get what they leave.
 * - Among equals the oldest is read first: in turn, each gets its first token early; in equal shares, all would get it
 *   late. So of several that fit into one step only the older half is read in it. But half of the room goes to prompts much shorter than the oldest, so that nobody waits for a long one.
 */
export function planPrefill(
  needs: readonly PrefillNeed[],
  liveStreams: number,
  batchTokens: number,
): PrefillShare[] {
  const given = new Map<number, number>();
  let room = prefillRoom(needs, liveStreams, batchTokens);

  function give(need: PrefillNeed, most: number): number {
    const before = given.get(need.id) ?? 0;
    const tokens = Math.max(0, Math.min(need.remaining - before, most, room));
    if (tokens > 0) given.set(need.id, before + tokens);
    room -= tokens;
    return tokens;
  }

  for (const group of byPriority(needs)) {
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
export function prefillRoom(needs: readonly PrefillNeed[], liveStreams: number, batchTokens: number): number {
  const free = Math.max(0, batchTokens - liveStreams);
  const moreStream = liveStreams >= needs.length;
  const most = moreStream ? free : Math.min(free, firstHalf(needs));
  if (liveStreams === 0) return most;
  const share = moreStream ? SHARE_WHEN_MORE_STREAM : SHARE_WHEN_MORE_WAIT;
  return Math.min(most, Math.max(LEAST_SHARE, Math.floor(batchTokens * share)));
}

/** Tokens of the older half of several prompts. */
function firstHalf(needs: readonly PrefillNeed[]): number {
  if (needs.length < SEVERAL) return Infinity;
  const inTurn = byPriority(needs).flat();
  return inTurn.slice(0, Math.ceil(needs.length / 2)).reduce((sum, { remaining }) => sum + remaining, 0);
}

/** Highest priority first; each group from the oldest on. */
function byPriority(needs: readonly PrefillNeed[]): PrefillNeed[][] {
  const groups = new Map<number, PrefillNeed[]>();
  for (const need of [...needs].sort((left, right) => left.id - right.id))
    groups.set(need.priority, [...(groups.get(need.priority) ?? []), need]);
  return [...groups].sort(([left], [right]) => right - left).map(([, group]) => group);
}
