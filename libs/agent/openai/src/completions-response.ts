import type { FinishReason, TokenLogprob, TokenUsage } from './generation.ts';
import { legacyLogprobs } from './logprobs.ts';
import { wireUsage, type AnswerHead } from './response.ts';

/** One completion; `echo` is the prompt's text where it was asked for. */
export interface Completion {
  text: string;
  echo?: string;
  finishReason: FinishReason;
  logprobs?: readonly TokenLogprob[];
}

export interface CompletionPiece {
  text: string;
  finishReason?: FinishReason;
  logprobs?: readonly TokenLogprob[];
  /** Characters of this completion before the piece. */
  offset?: number;
}

export function completionList(head: AnswerHead, completions: readonly Completion[], usage: TokenUsage) {
  return {
    ...completionBase(head),
    choices: completions.map(({ text, echo = '', finishReason, logprobs }, index) => ({
      index,
      text: echo + text,
      logprobs: logprobs === undefined ? null : legacyLogprobs(logprobs),
      finish_reason: finishReason,
    })),
    usage: wireUsage(usage),
  };
}

/** Chunks have the form of the whole, each with a piece of one completion. */
export function createCompletionChunks({ head, includeUsage }: { head: AnswerHead; includeUsage: boolean }) {
  const base = completionBase(head);
  return {
    piece: (index: number, { text, finishReason, logprobs, offset }: CompletionPiece) => ({
      ...base,
      choices: [
        {
          index,
          text,
          logprobs: logprobs === undefined ? null : legacyLogprobs(logprobs, offset),
          finish_reason: finishReason ?? null,
        },
      ],
      ...(includeUsage ? { usage: null } : {}),
    }),
    usage: (usage: TokenUsage) => ({ ...base, choices: [], usage: wireUsage(usage) }),
  };
}

function completionBase(head: AnswerHead) {
  return {
    id: head.id,
    object: 'text_completion' as const,
    created: head.created,
    model: head.model,
    system_fingerprint: head.systemFingerprint,
  };
}
