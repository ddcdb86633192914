/** A sequence that still has prompt to read. */
export interface PrefillNeed {
  id: number;
  remaining: number;
}

export interface PrefillShare {
  id: number;
  tokens: number;
}

/**
 * How much prompt is read in the next step, beside one token of each live stream.
 *
 * First come, first served: the oldest prompt gets what the batch leaves, the next what that leaves.
 * In turn, each gets its first token early; in equal shares, all would get it late.
 */
export function planPrefill(
  needs: readonly PrefillNeed[],
  liveStreams: number,
  batchTokens: number,
): PrefillShare[] {
  const shares: PrefillShare[] = [];
  let room = batchTokens - liveStreams;
  for (const need of needs) {
    const tokens = Math.min(need.remaining, room);
    if (tokens <= 0) break;
    shares.push({ id: need.id, tokens });
    room -= tokens;
  }
  return shares;
}
