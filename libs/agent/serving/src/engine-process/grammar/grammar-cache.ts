import { FlotillaError } from '@flotilla/contracts';
import { LlamaGrammarEvaluationState, type LlamaGrammar, type LlamaModel } from 'node-llama-cpp';
import { checkGrammar } from './check-grammar.ts';

/** Grammars that are kept: an app asks for the same few again and again. */
const KEPT = 16;

export interface GrammarCache {
  /** Where a grammar stands at its beginning. Throws `invalid-input` for one that cannot be used. */
  start(grammar: string): Promise<LlamaGrammarEvaluationState>;
}

/** Checks and parses each grammar once. Least recently used ones are forgotten. */
export function createGrammarCache(model: LlamaModel): GrammarCache {
  const kept = new Map<string, LlamaGrammar>();

  async function parsed(text: string): Promise<LlamaGrammar> {
    const check = checkGrammar(text);
    if (!check.ok) throw refusal(check.reason);
    try {
      return await model.llama.createGrammar({ grammar: text });
    } catch (cause) {
      throw refusal('it cannot be parsed', cause);
    }
  }

  return {
    async start(text) {
      const grammar = kept.get(text) ?? (await parsed(text));
      kept.delete(text);
      kept.set(text, grammar);
      const oldest = kept.keys().next();
      if (kept.size > KEPT && oldest.done !== true) kept.delete(oldest.value);
      return new LlamaGrammarEvaluationState({ model, grammar });
    },
  };
}

function refusal(reason: string, cause?: unknown): FlotillaError {
  return new FlotillaError('invalid-input', `The grammar cannot be used: ${reason}.`, {
    cause,
    details: { field: 'grammar' },
  });
}
