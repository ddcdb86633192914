import type { FinishReason, TokenUsage, ToolCall } from './generation.ts';

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
  };
}

/** A turn with a call ends with `tool_calls`, unless it was cut short. */
export function wireFinishReason(reason: FinishReason, toolCalls: number): WireFinishReason {
  return reason === 'stop' && toolCalls > 0 ? 'tool_calls' : reason;
}

export interface Answer {
  text: string;
  toolCalls: readonly ToolCall[];
  finishReason: FinishReason;
  usage: TokenUsage;
}

/** The whole answer, for a request that does not stream. */
export function chatCompletion(head: AnswerHead, answer: Answer) {
  const calls = answer.toolCalls.map(wireToolCall);
  return {
    id: head.id,
    object: 'chat.completion' as const,
    created: head.created,
    model: head.model,
    system_fingerprint: head.systemFingerprint,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant' as const,
          content: answer.text === '' && calls.length > 0 ? null : answer.text,
          refusal: null,
          ...(calls.length === 0 ? {} : { tool_calls: calls }),
        },
        logprobs: null,
        finish_reason: wireFinishReason(answer.finishReason, calls.length),
      },
    ],
    usage: wireUsage(answer.usage),
  };
}

export function wireToolCall(call: ToolCall): WireToolCall {
  return { id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments } };
}

/** `GET /v1/models` names services; `variants` are accepted as names too. */
export interface ServedModel {
  service: string;
  /** Seconds since 1970 UTC. */
  created: number;
  variant: string;
  variantDigest: string;
  contextTokens: number;
}

export function wireModel(model: ServedModel) {
  return {
    id: model.service,
    object: 'model' as const,
    created: model.created,
    owned_by: 'flotilla',
    flotilla: { variant: model.variant, digest: model.variantDigest, context_tokens: model.contextTokens },
  };
}

export function wireModelList(models: readonly ServedModel[]) {
  return { object: 'list' as const, data: models.map(wireModel) };
}
