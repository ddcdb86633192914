import type { TokenLogprob } from '@flotilla/agent-openai';

/** Log-probabilities whose text may still be held back: for a character that is not whole, or a stop string. */
export interface LogprobQueue {
  /** A token that completed so many characters of text. */
  push(logprob: TokenLogprob, characters: number): void;
  /** Those whose text is shown now. `isCut`: nothing follows; then a token of which a part is shown counts too. */
  release(shownCharacters: number, isCut: boolean): TokenLogprob[];
}

export function createLogprobQueue(): LogprobQueue {
  const waiting: { logprob: TokenLogprob; start: number; end: number }[] = [];
  let read = 0;
  let shown = 0;
  return {
    push(logprob, characters) {
      waiting.push({ logprob, start: read, end: read + characters });
      read += characters;
    },
    release(shownCharacters, isCut) {
      shown += shownCharacters;
      const held = waiting.findIndex(({ start, end }) => (isCut ? start >= shown : end > shown));
      return waiting.splice(0, held === -1 ? waiting.length : held).map(({ logprob }) => logprob);
    },
  };
}
