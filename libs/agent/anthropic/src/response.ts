import type { FinishReason, TokenUsage, ToolCall } from '@flotilla/agent-openai';

export type StopReason =
  | 'end_turn'
  | 'max_tokens'
  | 'stop_sequence'
  | 'tool_use'
  | 'model_context_window_exceeded';

/** How an answer ended, as the engine tells it. */
export interface MessageEnd {
  reason: FinishReason;
  /** The stop sequence that ended it. */
  stop: string | undefined;
  usage: TokenUsage;
  /** Calls in the answer. */
  calls: number;
  /** What the caller allowed. */
  maxTokens: number;
}

/** What every event of one answer repeats. */
export interface MessageHead {
  id: string;
  /** The service, whatever variant serves it. */
  model: string;
}

export type ContentBlock =
  | { type: 'text'; text: string }
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'tool_use'; id: string; name: string; input: unknown; caller: { type: 'direct' } };

/** Without `citations`: there are none, and not every client reads the `null` that Anthropic writes for them. */
export const textBlock = (text: string): ContentBlock => ({ type: 'text', text });

/** Nothing is signed here: thinking that is sent back is not read again. */
export const thinkingBlock = (thinking: string): ContentBlock => ({
  type: 'thinking',
  thinking,
  signature: '',
});

export const toolUseBlock = ({ id, name }: Pick<ToolCall, 'id' | 'name'>, input: unknown): ContentBlock => ({
  type: 'tool_use',
  id,
  name,
  input,
  caller: { type: 'direct' },
});

/** The whole answer, for a request that does not stream. */
export function anthropicMessage(head: MessageHead, content: readonly ContentBlock[], end: MessageEnd) {
  return { ...emptyMessage(head), content, ...stopOf(end), usage: messageUsage(end.usage) };
}

/** The message before anything of it is known. */
export function emptyMessage({ id, model }: MessageHead) {
  return {
    id,
    type: 'message' as const,
    role: 'assistant' as const,
    model,
    content: [] as readonly ContentBlock[],
    container: null,
    diagnostics: null,
    stop_details: null,
    stop_reason: null as StopReason | null,
    stop_sequence: null as string | null,
  };
}

export function stopOf({ reason, stop, usage, calls, maxTokens }: MessageEnd): {
  stop_reason: StopReason;
  stop_sequence: string | null;
} {
  if (reason === 'length') {
    const isContext = usage.completionTokens < maxTokens;
    return { stop_reason: isContext ? 'model_context_window_exceeded' : 'max_tokens', stop_sequence: null };
  }
  if (stop !== undefined) return { stop_reason: 'stop_sequence', stop_sequence: stop };
  return { stop_reason: calls > 0 ? 'tool_use' : 'end_turn', stop_sequence: null };
}

/** Tokens as Anthropic counts them: those read from the cache stand apart from `input_tokens`. */
export function messageUsage({ promptTokens, cachedTokens, completionTokens, reasoningTokens }: TokenUsage) {
  return {
    input_tokens: promptTokens - cachedTokens,
    cache_creation: null,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cachedTokens,
    output_tokens: completionTokens,
    output_tokens_details: { thinking_tokens: reasoningTokens },
    inference_geo: null,
    server_tool_use: null,
    service_tier: 'standard' as const,
    speed: null,
  };
}

export function countAnswer(tokens: number) {
  return { input_tokens: tokens };
}

/** What a call was made with: an object for every client; text that is no object stands under its own name. */
export function inputOf(call: ToolCall): unknown {
  try {
    const value: unknown = JSON.parse(call.arguments);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
    return { value };
  } catch {
    return { value: call.arguments };
  }
}
