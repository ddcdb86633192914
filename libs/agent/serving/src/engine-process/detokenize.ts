import type { Detokenize } from '@flotilla/agent-openai';
import type { LlamaModel, Token } from 'node-llama-cpp';
import type { ThinkingTags } from '../engine.ts';
import { asTokens } from './library-tokens.ts';

/**
 * Text of an answer's tokens. Control tokens are not shown, but for the tags around the model's thinking:
 * in some vocabularies these are control tokens, and without them nobody could tell it from the answer.
 */
export function createDetokenize(model: LlamaModel, tags: ThinkingTags | undefined): Detokenize {
  const shown = new Set<Token>(
    tags === undefined ? [] : [tags.open, tags.close].flatMap((tag) => controlToken(model, tag)),
  );
  return (tokens, before) => {
    let text = '';
    let run: Token[] = [];
    let previous = asTokens(before);
    const flush = (): void => {
      if (run.length > 0) text += model.detokenize(run, false, previous);
      previous = [...previous, ...run];
      run = [];
    };
    for (const token of asTokens(tokens)) {
      if (!shown.has(token)) {
        run.push(token);
        continue;
      }
      flush();
      text += model.detokenize([token], true);
      previous = [...previous, token];
    }
    flush();
    return text;
  };
}

/** The one control token that a text is, if it is one. */
function controlToken(model: LlamaModel, text: string): Token[] {
  const tokens = model.tokenize(text, true);
  const [only] = tokens;
  return tokens.length === 1 && only !== undefined && model.getTokenAttributes(only).control ? [only] : [];
}
