import type { Answer, TokenLogprob, ToolCall } from '@flotilla/agent-openai';
import { FlotillaError } from '@flotilla/contracts';
import type { AnswerPiece } from './answer-pieces.ts';
import { wholeCalls } from './whole-calls.ts';

/** A whole answer, and how long its parts took. */
export type CollectedAnswer = Answer & Pick<Extract<AnswerPiece, { kind: 'finished' }>, 'timings'>;

/** Reads an answer to its end. Throws what broke it. */
export async function collectAnswer(
  pieces: AsyncIterable<AnswerPiece>,
  { logprobs: wanted = false }: { logprobs?: boolean } = {},
): Promise<CollectedAnswer> {
  let text = '';
  let thinking = '';
  const toolCalls: ToolCall[] = [];
  const logprobs: TokenLogprob[] = [];
  for await (const piece of wholeCalls(pieces)) {
    switch (piece.kind) {
      case 'thinking':
        thinking += piece.text;
        break;
      case 'text':
        text += piece.text;
        logprobs.push(...(piece.logprobs ?? []));
        break;
      case 'call':
        toolCalls.push(piece.call);
        break;
      case 'finished':
        return {
          text,
          thinking,
          toolCalls,
          finishReason: piece.reason,
          usage: piece.usage,
          timings: piece.timings,
          ...(wanted ? { logprobs } : {}),
        };
    }
  }
  throw new FlotillaError('internal', 'The generation ended without saying how.');
}
