import {
  createStopMatcher,
  createThinkingCount,
  createTokenText,
  type Detokenize,
  type FinishReason,
  type GenerationRequest,
  type TokenLogprob,
} from '@flotilla/agent-openai';
import type { ThinkingTags } from '../engine.ts';
import type { RequestEvent } from '../protocol.ts';
import { contextLengthExceeded } from './context-length.ts';
import { createLogprobQueue } from './logprob-queue.ts';

/**
 * Bound of an answer that neither the request nor its release bounds; it then ends with `length`.
 * A small model that never ends its turn would otherwise hold a sequence until the context is full.
 */
const DEFAULT_MAX_TOKENS = 1_024;

export interface JobOptions {
  id: number;
  request: GenerationRequest;
  prompt: readonly number[];
  contextTokens: number;
  detokenize: Detokenize;
  /** The prompt ends inside a thinking stretch. */
  thinking: boolean;
  /** What such a stretch stands between, where the model knows it. */
  thinkingTags?: ThinkingTags;
  now: () => number;
}

/** One request inside the engine: what it has produced, and when it must end. Pure but for the clock. */
export interface Job {
  readonly id: number;
  readonly request: GenerationRequest;
  readonly prompt: readonly number[];
  /** Most tokens the answer may have: the request's bound, 1,024 where it names none, and no more than the context leaves. */
  readonly maxTokens: number;
  readonly generated: readonly number[];
  begin(cachedTokens: number): RequestEvent;
  /** Takes a sampled token; the last event may be `finished`. */
  accept(token: number, logprob?: TokenLogprob): RequestEvent[];
  /** The model ended its turn. */
  end(): RequestEvent[];
}

/** Throws `context-length-exceeded` with both numbers when the prompt leaves no room for one token. */
export function createJob({
  id,
  request,
  prompt,
  contextTokens,
  detokenize,
  thinking,
  thinkingTags,
  now,
}: JobOptions): Job {
  const room = contextTokens - prompt.length;
  if (room < 1) throw contextLengthExceeded(prompt.length, contextTokens);
  const maxTokens = Math.min(room, request.maxTokens ?? DEFAULT_MAX_TOKENS);
  const text = createTokenText(detokenize);
  const stops = createStopMatcher(request.stop);
  const thought = thinkingTags && createThinkingCount({ marks: thinkingTags, startsInside: thinking });
  const generated: number[] = [];
  const arrivedAt = now();
  let startedAt = arrivedAt;
  let firstTokenAt: number | undefined;
  let cachedTokens = 0;

  const logprobs = createLogprobQueue();

  const textEvent = (shown: string, tokens: number, isCut = false): RequestEvent => {
    const released = request.logprobs === undefined ? undefined : logprobs.release(shown.length, isCut);
    return {
      kind: 'text',
      id,
      text: shown,
      tokens,
      ...(released === undefined ? {} : { logprobs: released }),
    };
  };

  function finished(reason: FinishReason, stop?: string): RequestEvent {
    const endedAt = now();
    const first = firstTokenAt ?? endedAt;
    return {
      kind: 'finished',
      id,
      reason,
      ...(stop === undefined ? {} : { stop }),
      usage: {
        promptTokens: prompt.length,
        cachedTokens,
        completionTokens: generated.length,
        reasoningTokens: thought?.tokens ?? 0,
      },
      timings: {
        queuedMs: startedAt - arrivedAt,
        promptMs: first - startedAt,
        generationMs: endedAt - first,
      },
    };
  }

  /** Shows what was held back, unless the last of it completes a stop string. */
  function close(reason: FinishReason, tokens: number): RequestEvent[] {
    const step = stops.push(text.flush());
    const shown = step.stopped ? step.text : step.text + stops.flush();
    return [textEvent(shown, tokens, step.stopped), finished(step.stopped ? 'stop' : reason, step.stop)];
  }

  return {
    id,
    request,
    prompt,
    maxTokens,
    generated,
    begin(cached) {
      startedAt = now();
      cachedTokens = cached;
      return { kind: 'started', id, promptTokens: prompt.length, cachedTokens: cached, thinking };
    },
    accept(token, logprob) {
      firstTokenAt ??= now();
      generated.push(token);
      const read = text.push(token);
      thought?.push(read);
      if (logprob !== undefined) logprobs.push(logprob, read.length);
      const step = stops.push(read);
      if (step.stopped) return [textEvent(step.text, 1, true), finished('stop', step.stop)];
      if (generated.length < maxTokens) return [textEvent(step.text, 1)];
      const [last, end] = close('length', 0);
      return [
        textEvent(step.text, 1),
        ...(last === undefined ? [] : [last]),
        ...(end === undefined ? [] : [end]),
      ];
    },
    end() {
      firstTokenAt ??= now();
      return close('stop', 0);
    },
  };
}
