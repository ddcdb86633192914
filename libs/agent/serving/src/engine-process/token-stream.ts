import type { TokenLogprob } from '@flotilla/agent-openai';
import type { LlamaContextSequence, Token } from 'node-llama-cpp';

export interface SampledToken {
  token: Token;
  /** Where the request asked for it. */
  logprob?: TokenLogprob;
}

/** The answer's tokens, one for each step; ends where the model ends its turn. Throws what the request is refused with. */
export type TokenStream = AsyncGenerator<SampledToken, void>;

/** Reads the last chunk of a prompt on its sequence and goes on from there. */
export type OpenTokenStream = (sequence: LlamaContextSequence, tokens: Token[]) => TokenStream;
