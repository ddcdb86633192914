import { LlamaText, SpecialTokensText, type LlamaModel, type Token } from 'node-llama-cpp';
import type { PromptPart } from './chat-prompt.ts';

/** Tokens of a rendered prompt: control tokens only from the template's own stretches. */
export function tokenizePrompt(model: LlamaModel, parts: readonly PromptPart[]): Token[] {
  const text = LlamaText(parts.map((part) => (part.control ? new SpecialTokensText(part.text) : part.text)));
  const tokens = text.tokenize(model.tokenizer);
  const bos = model.tokens.bos;
  const wantsBos = model.tokens.shouldPrependBosToken && bos !== null && tokens[0] !== bos;
  return wantsBos ? [bos, ...tokens] : tokens;
}
