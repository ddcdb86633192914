import type { TokenUsage, ToolCall } from '@flotilla/agent-openai';
import {
  emptyMessage,
  messageUsage,
  stopOf,
  textBlock,
  thinkingBlock,
  toolUseBlock,
  type ContentBlock,
  type MessageEnd,
  type MessageHead,
} from './response.ts';

/** One of Anthropic's events; `type` is also the name of the server-sent event. */
export type MessageEvent = { type: string } & Record<string, unknown>;

export interface MessageStream {
  /** To be called once, first. */
  start(usage: Pick<TokenUsage, 'promptTokens' | 'cachedTokens'>): MessageEvent[];
  text(text: string): MessageEvent[];
  thinking(text: string): MessageEvent[];
  toolUse(call: Pick<ToolCall, 'id' | 'name'>): MessageEvent[];
  /** More of the JSON text of the call that is open. */
  toolInput(text: string): MessageEvent[];
  toolEnd(): MessageEvent[];
  end(end: Omit<MessageEnd, 'calls'>): MessageEvent[];
}

/**
 * The events of one streamed answer, in Anthropic's order: the message, its blocks one after the other, how it ended.
 *
 * Text and thinking each grow a block until something else comes; a call is a block whose JSON comes in pieces.
 */
export function createMessageStream({
  head,
  showsThinking,
}: {
  head: MessageHead;
  showsThinking: boolean;
}): MessageStream {
  let blocks = 0;
  let calls = 0;
  let open: 'text' | 'thinking' | 'tool_use' | undefined;

  const close = (): MessageEvent[] => {
    if (open === undefined) return [];
    open = undefined;
    return [{ type: 'content_block_stop', index: blocks - 1 }];
  };

  const begin = (block: ContentBlock): MessageEvent => {
    blocks += 1;
    return { type: 'content_block_start', index: blocks - 1, content_block: block };
  };

  const delta = (value: object): MessageEvent => ({
    type: 'content_block_delta',
    index: blocks - 1,
    delta: value,
  });

  function grow(kind: 'text' | 'thinking', value: object | undefined): MessageEvent[] {
    const events: MessageEvent[] = [];
    if (open !== kind) {
      events.push(...close(), begin(kind === 'text' ? textBlock('') : thinkingBlock('')));
      open = kind;
    }
    if (value !== undefined) events.push(delta(value));
    return events;
  }

  return {
    start: ({ promptTokens, cachedTokens }) => [
      {
        type: 'message_start',
        message: {
          ...emptyMessage(head),
          usage: messageUsage({ promptTokens, cachedTokens, completionTokens: 0, reasoningTokens: 0 }),
        },
      },
    ],
    text: (text) => (text === '' ? [] : grow('text', { type: 'text_delta', text })),
    thinking: (thinking) =>
      thinking === ''
        ? []
        : grow('thinking', showsThinking ? { type: 'thinking_delta', thinking } : undefined),
    toolUse(call) {
      calls += 1;
      const events = [...close(), begin(toolUseBlock(call, {}))];
      open = 'tool_use';
      return events;
    },
    toolInput: (text) => [delta({ type: 'input_json_delta', partial_json: text })],
    toolEnd: close,
    end(end) {
      const { reason, stop, maxTokens, usage } = end;
      return [
        ...close(),
        {
          type: 'message_delta',
          delta: {
            ...stopOf({ reason, stop, maxTokens, usage, calls }),
            stop_details: null,
            container: null,
          },
          usage: messageUsage(usage),
        },
        { type: 'message_stop' },
      ];
    },
  };
}

/** An event as it travels. */
export function eventText(event: MessageEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
