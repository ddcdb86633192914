import {
  createToolCallParser,
  type FinishReason,
  type TokenUsage,
  type ToolCall,
  type ToolCallPiece,
} from '@flotilla/agent-openai';
import type { GenerationEvent } from '@flotilla/agent-serving';

export type AnswerPiece =
  | { kind: 'text'; text: string }
  | { kind: 'call'; call: ToolCall }
  | { kind: 'finished'; reason: FinishReason; usage: TokenUsage };

/** A generation as a client sees it: text and, where functions were offered, the calls found in it. */
export async function* answerPieces(
  events: AsyncIterable<GenerationEvent>,
  options: { findsCalls: boolean },
): AsyncGenerator<AnswerPiece, void> {
  const parser = options.findsCalls ? createToolCallParser() : undefined;
  for await (const event of events) {
    if (event.kind === 'text')
      yield* pieces(parser?.push(event.text) ?? [{ kind: 'text', text: event.text }]);
    if (event.kind === 'finished') {
      yield* pieces(parser?.flush() ?? []);
      yield { kind: 'finished', reason: event.reason, usage: event.usage };
    }
  }
}

function* pieces(found: readonly ToolCallPiece[]): Generator<AnswerPiece> {
  for (const piece of found) {
    if (piece.kind === 'call')
      yield { kind: 'call', call: { id: `call_${shortId()}`, name: piece.name, arguments: piece.arguments } };
    else if (piece.text !== '') yield { kind: 'text', text: piece.text };
  }
}

/** Part of a random UUID: names a call within one conversation. */
export function shortId(): string {
  return crypto.randomUUID().replaceAll('-', '').slice(0, 24);
}
