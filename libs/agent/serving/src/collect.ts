import type { FinishReason, TokenLogprob, TokenUsage } from '@flotilla/agent-openai';
import { FlotillaError } from '@flotilla/contracts';
import type { GenerationEvent, GenerationTimings } from './engine.ts';

export interface CollectedGeneration {
  text: string;
  reason: FinishReason;
  usage: TokenUsage;
  timings: GenerationTimings;
  /** Empty unless they were asked for. */
  logprobs: TokenLogprob[];
  /** The answer begins inside a thinking stretch that the prompt opened. */
  thinking: boolean;
}

/** Reads a generation to its end. Throws what the generation throws. */
export async function collectGeneration(
  events: AsyncIterable<GenerationEvent>,
): Promise<CollectedGeneration> {
  let text = '';
  let thinking = false;
  const logprobs: TokenLogprob[] = [];
  for await (const event of events) {
    switch (event.kind) {
      case 'started':
        thinking = event.thinking;
        break;
      case 'text':
        text += event.text;
        logprobs.push(...(event.logprobs ?? []));
        break;
      case 'finished':
        return { text, reason: event.reason, usage: event.usage, timings: event.timings, logprobs, thinking };
    }
  }
  throw new FlotillaError('internal', 'The generation ended without saying how.');
}
