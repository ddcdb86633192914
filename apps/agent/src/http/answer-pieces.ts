import {
  createThinkingParser,
  createToolCallParser,
  type FinishReason,
  type ThinkingMarks,
  type TokenLogprob,
  type TokenUsage,
  type ToolCallPiece,
} from '@flotilla/agent-openai';
import type { GenerationEvent, GenerationTimings } from '@flotilla/agent-serving';
import { createTextLogprobs } from './text-logprobs.ts';

/** What an answer is made of, free of any wire format. */
export type AnswerPiece =
  | { kind: 'thinking'; text: string }
  | { kind: 'text'; text: string; logprobs?: TokenLogprob[] }
  | { kind: 'call-started'; id: string; name: string }
  /** The next piece of the JSON text of the call that was started last. */
  | { kind: 'call-arguments'; text: string }
  | { kind: 'call-ended' }
  /** Ends a call that is none: its arguments are no JSON, or were cut off. `text`: what the model wrote for it. */
  | { kind: 'call-broken'; text: string }
  | {
      kind: 'finished';
      reason: FinishReason;
      /** The stop string that ended it, if one did. */
      stop?: string;
      usage: TokenUsage;
      timings: GenerationTimings;
    };

export interface AnswerPiecesOptions {
  /** True where functions were offered: calls are looked for in the text. */
  findsCalls: boolean;
  /** What a thinking stretch stands between, where there can be one. */
  thinking?: ThinkingMarks;
}

/** A generation as a client sees it: thinking, text and, where functions were offered, the calls found in it. */
export async function* answerPieces(
  events: AsyncIterable<GenerationEvent>,
  { findsCalls, thinking: marks }: AnswerPiecesOptions,
): AsyncGenerator<AnswerPiece, void> {
  const calls = findsCalls ? createToolCallParser() : undefined;
  let thinking = marks === undefined ? undefined : createThinkingParser({ marks, startsInside: false });
  const logprobs = createTextLogprobs(() => (thinking === undefined ? 0 : thinking.textFrom));

  function* said(text: string): Generator<AnswerPiece> {
    const found: ToolCallPiece[] = calls?.push(text) ?? [{ kind: 'text', text }];
    for (const piece of found) yield* shown(piece);
  }
  function* shown(piece: ToolCallPiece): Generator<AnswerPiece> {
    if (piece.kind === 'call-started') yield { ...piece, id: `call_${shortId()}` };
    else if (piece.kind !== 'text') yield piece;
    else if (piece.text !== '') yield { ...piece, ...logprobs.take() };
  }

  for await (const event of events) {
    switch (event.kind) {
      case 'started':
        if (marks !== undefined && event.thinking)
          thinking = createThinkingParser({ marks, startsInside: true });
        break;
      case 'text':
        logprobs.push(event.text, event.logprobs);
        for (const piece of thinking?.push(event.text) ?? [{ kind: 'text', text: event.text }])
          if (piece.kind === 'thinking') yield { kind: 'thinking', text: piece.text };
          else yield* said(piece.text);
        break;
      case 'finished': {
        for (const piece of thinking?.flush() ?? [])
          if (piece.kind === 'thinking') yield { kind: 'thinking', text: piece.text };
          else yield* said(piece.text);
        for (const piece of calls?.flush() ?? []) yield* shown(piece);
        const left = logprobs.take();
        if (left.logprobs !== undefined) yield { kind: 'text', text: '', ...left };
        // The engine knows the marks, but not whether they may stand in this answer.
        yield marks === undefined ? { ...event, usage: { ...event.usage, reasoningTokens: 0 } } : event;
        break;
      }
    }
  }
}

/** Part of a random UUID: names a call within one conversation. */
export function shortId(): string {
  return crypto.randomUUID().replaceAll('-', '').slice(0, 24);
}
