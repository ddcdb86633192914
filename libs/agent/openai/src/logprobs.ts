import type { LogprobChoice, TokenLogprob } from './generation.ts';

const wireChoice = ({ token, bytes, logprob }: LogprobChoice) => ({ token, bytes, logprob });

/** A token as chat completions and responses write it. */
export function wireLogprob(entry: TokenLogprob) {
  return { ...wireChoice(entry), top_logprobs: entry.top.map(wireChoice) };
}

/** A choice's `logprobs`; null where they were not asked for. */
export function wireLogprobs(logprobs: readonly TokenLogprob[] | undefined) {
  return logprobs === undefined ? null : { content: logprobs.map(wireLogprob), refusal: null };
}

/**
 * The form of `/v1/completions`: four lists side by side.
 *
 * `top_logprobs` holds the token that was taken too, be it among the likeliest or not. `text_offset` counts characters
 * from `startOffset`; where several tokens make one character they share its place.
 */
export function legacyLogprobs(logprobs: readonly TokenLogprob[], startOffset = 0) {
  const decoder = new TextDecoder();
  let offset = startOffset;
  const offsets = logprobs.map(({ bytes }) => {
    const at = offset;
    offset += decoder.decode(Uint8Array.from(bytes), { stream: true }).length;
    return at;
  });
  return {
    tokens: logprobs.map(({ token }) => token),
    token_logprobs: logprobs.map(({ logprob }) => logprob),
    top_logprobs: logprobs.map(({ top, ...taken }) =>
      Object.fromEntries([...top, taken].map(({ token, logprob }) => [token, logprob])),
    ),
    text_offset: offsets,
  };
}
