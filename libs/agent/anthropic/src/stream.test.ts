import { describe, expect, it } from 'vitest';
import { createMessageStream, eventText } from './stream.ts';

const USAGE = { promptTokens: 10, cachedTokens: 8, completionTokens: 5, reasoningTokens: 2 };
const stream = (showsThinking = true) =>
  createMessageStream({ head: { id: 'msg_1', model: 'assistant' }, showsThinking });
const END = { reason: 'stop' as const, stop: undefined, usage: USAGE, maxTokens: 50 };
const CALL = { id: 'toolu_1', name: 'lock' };

describe('the events of an answer', () => {
  it('come in Anthropic’s order: message, blocks one after the other, end', () => {
    const events = stream();
    const all = [
      ...events.start(USAGE),
      ...events.thinking('Hm'),
      ...events.thinking('m.'),
      ...events.text('Sure.'),
      ...events.toolUse(CALL),
      ...events.toolInput('{"door"'),
      ...events.toolInput(':2}'),
      ...events.toolEnd(),
      ...events.text('Done.'),
      ...events.end(END),
    ];
    expect(
      all.map(({ type, index }) => (index === undefined ? type : `${type} ${JSON.stringify(index)}`)),
    ).toEqual([
      'message_start',
      'content_block_start 0',
      'content_block_delta 0',
      'content_block_delta 0',
      'content_block_stop 0',
      'content_block_start 1',
      'content_block_delta 1',
      'content_block_stop 1',
      'content_block_start 2',
      'content_block_delta 2',
      'content_block_delta 2',
      'content_block_stop 2',
      'content_block_start 3',
      'content_block_delta 3',
      'content_block_stop 3',
      'message_delta',
      'message_stop',
    ]);
    expect(all[0]).toMatchObject({
      message: {
        id: 'msg_1',
        role: 'assistant',
        content: [],
        stop_reason: null,
        usage: { input_tokens: 2, cache_read_input_tokens: 8, output_tokens: 0 },
      },
    });
    expect(all[8]).toMatchObject({
      content_block: { type: 'tool_use', id: 'toolu_1', name: 'lock', input: {} },
    });
    expect(all.slice(9, 11)).toMatchObject([
      { delta: { type: 'input_json_delta', partial_json: '{"door"' } },
      { delta: { type: 'input_json_delta', partial_json: ':2}' } },
    ]);
    expect(all.at(-2)).toMatchObject({
      delta: { stop_reason: 'tool_use' },
      usage: { output_tokens: 5, output_tokens_details: { thinking_tokens: 2 } },
    });
  });

  it('name thinking that is not to be shown', () => {
    const events = stream(false);
    expect(events.thinking('Hm.')).toMatchObject([{ content_block: { type: 'thinking', thinking: '' } }]);
    expect(events.thinking('Still.')).toEqual([]);
  });

  it('travel under their own name', () => {
    expect(eventText({ type: 'message_stop' })).toBe(
      'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    );
  });
});
