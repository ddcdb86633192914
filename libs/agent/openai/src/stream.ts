import type { FinishReason, TokenUsage, ToolCall } from './generation.ts';
import { wireFinishReason, wireToolCall, wireUsage, type AnswerHead } from './response.ts';

/** The end of every stream that ended well. */
export const STREAM_DONE = 'data: [DONE]\n\n';

export function serverSentEvent(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/**
 * The chunks of one streamed answer, in their order: role, then text and calls, then the finish, then usage.
 *
 * With `includeUsage` every chunk but the last carries `usage: null`, as OpenAI documents it.
 */
export function createChunks({ head, includeUsage }: { head: AnswerHead; includeUsage: boolean }) {
  const base = {
    id: head.id,
    object: 'chat.completion.chunk' as const,
    created: head.created,
    model: head.model,
    system_fingerprint: head.systemFingerprint,
  };
  const noUsage = includeUsage ? { usage: null } : {};
  const chunk = (delta: object, finishReason: string | null) => ({
    ...base,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    ...noUsage,
  });
  return {
    role: () => chunk({ role: 'assistant', content: '', refusal: null }, null),
    text: (text: string) => chunk({ content: text }, null),
    toolCall: (index: number, call: ToolCall) =>
      chunk({ tool_calls: [{ index, ...wireToolCall(call) }] }, null),
    finish: (reason: FinishReason, toolCalls: number) => chunk({}, wireFinishReason(reason, toolCalls)),
    usage: (usage: TokenUsage) => ({ ...base, choices: [], usage: wireUsage(usage) }),
  };
}
