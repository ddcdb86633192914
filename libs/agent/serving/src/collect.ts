import type { FinishReason, TokenUsage } from '@flotilla/agent-openai';
import { FlotillaError } from '@flotilla/contracts';
import type { GenerationEvent, GenerationTimings } from './engine.ts';

export interface CollectedGeneration {
  text: string;
  reason: FinishReason;
  usage: TokenUsage;
  timings: GenerationTimings;
}

/** Reads a generation to its end. Throws what the generation throws. */
export async function collectGeneration(
  events: AsyncIterable<GenerationEvent>,
): Promise<CollectedGeneration> {
  let text = '';
  for await (const event of events) {
    if (event.kind === 'text') text += event.text;
    if (event.kind === 'finished')
      return { text, reason: event.reason, usage: event.usage, timings: event.timings };
  }
  throw new FlotillaError('internal', 'The generation ended without saying how.');
}
