import type { FinishReason, TokenUsage } from '../generation.ts';
import type { wireLogprob } from '../logprobs.ts';
import type { AnswerHead } from '../response.ts';
import type { ConversationItem } from './items.ts';
import type { ResponseBody } from './request.ts';

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

export interface OutputText {
  type: 'output_text';
  text: string;
  annotations: never[];
  logprobs: ReturnType<typeof wireLogprob>[];
}

/** What an answer consists of, in the order in which it came. */
export type OutputItem =
  | {
      id: string;
      type: 'reasoning';
      summary: never[];
      content: { type: 'reasoning_text'; text: string }[];
      status: ItemStatus;
    }
  | { id: string; type: 'message'; role: 'assistant'; status: ItemStatus; content: OutputText[] }
  | {
      id: string;
      type: 'function_call';
      status: ItemStatus;
      call_id: string;
      name: string;
      arguments: string;
    };

export type ResponseStatus = 'in_progress' | 'completed' | 'incomplete' | 'failed';

export interface ResponseState {
  status: ResponseStatus;
  output: OutputItem[];
  usage?: TokenUsage;
  error?: { code: string; message: string };
}

/** The response object; `body` is the request it answers, `stored` whether it is kept. */
export function wireResponse(
  head: AnswerHead,
  { body, stored }: { body: ResponseBody; stored: boolean },
  { status, output, usage, error }: ResponseState,
) {
  return {
    id: head.id,
    object: 'response' as const,
    created_at: head.created,
    status,
    background: false,
    error: error ?? null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' as const } : null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    model: head.model,
    system_fingerprint: head.systemFingerprint,
    output,
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: body.previous_response_id ?? null,
    reasoning: { effort: body.reasoning?.effort ?? null, summary: body.reasoning?.summary ?? null },
    store: stored,
    temperature: body.temperature ?? null,
    text: { format: body.text?.format ?? { type: 'text' as const } },
    tool_choice: body.tool_choice ?? ('auto' as const),
    tools: body.tools ?? [],
    top_p: body.top_p ?? null,
    top_logprobs: body.top_logprobs ?? 0,
    truncation: 'disabled' as const,
    usage: usage === undefined ? null : wireResponseUsage(usage),
    user: body.user ?? null,
    metadata: body.metadata ?? {},
  };
}
export type WireResponse = ReturnType<typeof wireResponse>;

function wireResponseUsage(usage: TokenUsage) {
  return {
    input_tokens: usage.promptTokens,
    input_tokens_details: { cached_tokens: usage.cachedTokens },
    output_tokens: usage.completionTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.promptTokens + usage.completionTokens,
  };
}

/** A turn that was cut is incomplete. */
export function endStatus(reason: FinishReason): 'completed' | 'incomplete' {
  return reason === 'length' ? 'incomplete' : 'completed';
}

/** What was answered, as a following response goes on from it. Thinking is not carried over. */
export function answeredItems(output: readonly OutputItem[]): ConversationItem[] {
  return output.flatMap((item): ConversationItem[] => {
    switch (item.type) {
      case 'reasoning':
        return [];
      case 'message':
        return [
          {
            id: item.id,
            type: 'message',
            role: 'assistant',
            text: item.content.map(({ text }) => text).join(''),
          },
        ];
      case 'function_call':
        return [
          {
            id: item.id,
            type: 'function_call',
            callId: item.call_id,
            name: item.name,
            arguments: item.arguments,
          },
        ];
    }
  });
}
