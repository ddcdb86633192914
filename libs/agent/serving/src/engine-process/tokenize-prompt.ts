import { LlamaText, SpecialTokensText, type LlamaModel, type Token } from 'node-llama-cpp';
import type { PromptPart } from './chat-prompt.ts';
import { contextLengthExceeded } from './context-length.ts';

/** Characters per token of the context up to which a prompt is simply tokenized. */
const UNSUSPICIOUS = 6;
const SLICE = 16_384;

/** Tokens of a rendered prompt: control tokens only from the template's own stretches. */
export function tokenizePrompt(model: LlamaModel, parts: readonly PromptPart[]): Token[] {
  const text = LlamaText(parts.map((part) => (part.control ? new SpecialTokensText(part.text) : part.text)));
  const tokens = text.tokenize(model.tokenizer);
  const bos = model.tokens.bos;
  const wantsBos = model.tokens.shouldPrependBosToken && bos !== null && tokens[0] !== bos;
  return wantsBos ? [bos, ...tokens] : tokens;
}

/**
 * Refuses a prompt far over the context without reading all of it.
 *
 * Tokenizing holds up every stream of the engine (some 300 ms per megabyte), so a prompt is given up as
 * soon as twice the context has been counted; the number named then is an estimate for the whole.
 */
export function refuseFarTooLong(
  model: LlamaModel,
  parts: readonly PromptPart[],
  contextTokens: number,
): void {
  const text = parts.map((part) => part.text).join('');
  if (text.length <= contextTokens * UNSUSPICIOUS) return;
  let counted = 0;
  for (let start = 0; start < text.length; start += SLICE) {
    counted += model.tokenize(text.slice(start, start + SLICE), false).length;
    if (counted > contextTokens * 2) {
      const seen = Math.min(text.length, start + SLICE);
      throw contextLengthExceeded(Math.ceil((counted * text.length) / seen), contextTokens, 'about ');
    }
  }
}
