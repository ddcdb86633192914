/**
 * Tokens to text, given the tokens just before them; bytes that are not whole characters come out as
 * U+FFFD, as every decoder does it.
 */
export type Detokenize = (tokens: readonly number[], before: readonly number[]) => string;

export interface TokenText {
  /** The text that this token completes; may be empty. */
  push(token: number): string;
  /** The text held back, once no token follows. */
  flush(): string;
}

const REPLACEMENT = '\uFFFD';
/** A character has at most four bytes, so three tokens can be waiting for a fourth. */
const OPEN_TOKENS = 3;
const WINDOW_LIMIT = 12;
const BEFORE_LIMIT = 4;

/**
 * Joins tokens to text, never showing half a character.
 *
 * A tokenizer may cut inside a character and may treat the first token of a text differently
 * (a leading space is dropped), so a token is read together with those before it and only the
 * difference is shown. Everything pushed and flushed, joined, equals the text of all tokens.
 */
export function createTokenText(detokenize: Detokenize): TokenText {
  let before: number[] = [];
  let window: number[] = [];
  let shown = '';

  /** Keeps the window short: starts it anew where the cut changes nothing in the text. */
  function shorten(text: string): void {
    if (window.length < WINDOW_LIMIT) return;
    for (let keep = OPEN_TOKENS + 1; keep < WINDOW_LIMIT; keep += 1) {
      const cut = window.length - keep;
      const headTokens = window.slice(0, cut);
      const tailTokens = window.slice(cut);
      const nextBefore = [...before, ...headTokens].slice(-BEFORE_LIMIT);
      const head = detokenize(headTokens, before);
      if (!shown.startsWith(head) || head + detokenize(tailTokens, nextBefore) !== text) continue;
      before = nextBefore;
      window = tailTokens;
      shown = shown.slice(head.length);
      return;
    }
  }

  function show(stable: string): string {
    const fresh = stable.slice(shown.length);
    shown = stable;
    return fresh;
  }

  return {
    push(token) {
      window.push(token);
      const text = detokenize(window, before);
      const stable = text.endsWith(REPLACEMENT) ? text.slice(0, -1) : text;
      const fresh = stable.length > shown.length ? show(stable) : '';
      shorten(text);
      return fresh;
    },
    flush() {
      const fresh = show(detokenize(window, before));
      before = [];
      window = [];
      shown = '';
      return fresh;
    },
  };
}
