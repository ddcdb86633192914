import type { FinishReason, TokenLogprob, TokenUsage, ToolCall } from './generation.ts';
import { wireLogprobs } from './logprobs.ts';

/** What every object of one answer repeats. */
export interface AnswerHead {
  id: string;
  /** Seconds since 1970 UTC. */
  created: number;
  /** The service, whatever variant serves it. */
  model: string;
  /** The variant's digest. */
  systemFingerprint: string;
}

export type WireFinishReason = FinishReason | 'tool_calls';

export interface WireUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number };
  completion_tokens_details: { reasoning_tokens: number };
}

export interface WireToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

export function wireUsage(usage: TokenUsage): WireUsage {
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedTokens },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  };
}

/** A turn with a call ends with `tool_calls`, unless it was cut short. */
export function wireFinishReason(reason: FinishReason, toolCalls: number): WireFinishReason {
  return reason === 'stop' && toolCalls > 0 ? 'tool_calls' : reason;
}

/** One of the answers to a request. */
export interface Answer {
  text: string;
  /** What the model thought before; empty where it did not. */
  thinking?: string;
  toolCalls: readonly ToolCall[];
  finishReason: FinishReason;
  usage: TokenUsage;
  /** Of the text's tokens; undefined where they were not asked for. */
  logprobs?: readonly TokenLogprob[];
}

/** The whole answer, for a request that does not stream. */
export function chatCompletion(head: AnswerHead, answers: readonly Answer[]) {
  return {
    id: head.id,
    object: 'chat.completion' as const,
    created: head.created,
    model: head.model,
    system_fingerprint: head.systemFingerprint,
    choices: answers.map(chatChoice),
    usage: wireUsage(sumUsage(answers.map(({ usage }) => usage))),
  };
}

function chatChoice(answer: Answer, index: number) {
  const calls = answer.toolCalls.map(wireToolCall);
  return {
    index,
    message: {
      role: 'assistant' as const,
      content: answer.text === '' && calls.length > 0 ? null : answer.text,
      refusal: null,
      ...((answer.thinking ?? '') === '' ? {} : { reasoning_content: answer.thinking }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
    logprobs: wireLogprobs(answer.logprobs),
    finish_reason: wireFinishReason(answer.finishReason, calls.length),
  };
}

/** Several answers to one prompt: the prompt is counted once. */
export function sumUsage(usages: readonly TokenUsage[]): TokenUsage {
  const sum = (of: (usage: TokenUsage) => number): number =>
    usages.reduce((total, usage) => total + of(usage), 0);
  return {
    promptTokens: Math.max(0, ...usages.map((usage) => usage.promptTokens)),
    // What the first had to read, the others found in the cache.
    cachedTokens: Math.min(...(usages.length === 0 ? [0] : usages.map((usage) => usage.cachedTokens))),
    completionTokens: sum((usage) => usage.completionTokens),
    reasoningTokens: sum((usage) => usage.reasoningTokens),
  };
}

export function wireToolCall(call: ToolCall): WireToolCall {
  return { id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments } };
}
