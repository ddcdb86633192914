import type { FinishReason, TokenLogprob, TokenUsage, ToolCall } from './generation.ts';
import { wireLogprobs } from './logprobs.ts';
import { wireFinishReason, wireToolCall, wireUsage, type AnswerHead } from './response.ts';

/** The end of every stream that ended well. */
export const STREAM_DONE = 'data: [DONE]\n\n';

export function serverSentEvent(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/**
 * The chunks of one streamed answer, in their order: role, then thinking, text and calls, each call followed by its
 * arguments, then the finish; after all answers the usage.
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
  const choice = (index: number) => {
    const chunk = (delta: object, finishReason: string | null, logprobs?: readonly TokenLogprob[]) => ({
      ...base,
      choices: [{ index, delta, logprobs: wireLogprobs(logprobs), finish_reason: finishReason }],
      ...noUsage,
    });
    return {
      role: () => chunk({ role: 'assistant', content: '', refusal: null }, null),
      thinking: (text: string) => chunk({ reasoning_content: text }, null),
      text: (text: string, logprobs?: readonly TokenLogprob[]) => chunk({ content: text }, null, logprobs),
      toolCall: (place: number, { id, name }: Pick<ToolCall, 'id' | 'name'>) =>
        chunk({ tool_calls: [{ index: place, ...wireToolCall({ id, name, arguments: '' }) }] }, null),
      toolArguments: (place: number, text: string) =>
        chunk({ tool_calls: [{ index: place, function: { arguments: text } }] }, null),
      finish: (reason: FinishReason, toolCalls: number) => chunk({}, wireFinishReason(reason, toolCalls)),
    };
  };
  return {
    choice,
    usage: (usage: TokenUsage) => ({ ...base, choices: [], usage: wireUsage(usage) }),
  };
}
