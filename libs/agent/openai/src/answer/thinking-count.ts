import { createThinkingParser, type ThinkingParserOptions } from './thinking-parser.ts';

export interface ThinkingCount {
  /** Takes the text that one more token completed; may be empty. */
  push(text: string): void;
  /** Tokens of the thinking so far, its marks and the white space after it included; 0 where there was none. */
  readonly tokens: number;
}

/** Counts the tokens that an answer spends on thinking. */
export function createThinkingCount(options: ThinkingParserOptions): ThinkingCount {
  const parser = createThinkingParser(options);
  let before = 0;
  return {
    push(text) {
      if (parser.textFrom !== undefined) return;
      parser.push(text);
      if (parser.textFrom === undefined) before += 1;
    },
    get tokens() {
      return parser.hasThought ? before : 0;
    },
  };
}
