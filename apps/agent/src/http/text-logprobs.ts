import type { TokenLogprob } from '@flotilla/agent-openai';

export interface TextLogprobs {
  push(text: string, logprobs: readonly TokenLogprob[] | undefined): void;
  /** Those of the text's tokens that were not taken yet; without the field where there are none. */
  take(): { logprobs?: TokenLogprob[] };
}

/**
 * Keeps the log-probabilities of what a client sees as text, and drops those of the thinking before it.
 *
 * `textFrom` says after how many characters the text begins, once that is known.
 */
export function createTextLogprobs(textFrom: () => number | undefined): TextLogprobs {
  let waiting: TokenLogprob[] = [];
  let raw = '';
  let begun = false;

  function begin(from: number): void {
    begun = true;
    const before = Buffer.byteLength(raw.slice(0, from));
    // Some vocabularies begin a text with a space that is not part of it.
    let at = waiting[0]?.bytes[0] === 0x20 && !raw.startsWith(' ') ? -1 : 0;
    waiting = waiting.filter(({ bytes }) => {
      const starts = at;
      at += bytes.length;
      return starts >= before || (before === 0 && starts < 0);
    });
    raw = '';
  }

  return {
    push(text, logprobs) {
      waiting.push(...(logprobs ?? []));
      if (!begun) raw += text;
    },
    take() {
      const from = textFrom();
      if (!begun && from !== undefined) begin(from);
      if (!begun || waiting.length === 0) return {};
      const taken = waiting;
      waiting = [];
      return { logprobs: taken };
    },
  };
}
