import { describe, expect, it } from 'vitest';
import { chatCompletion } from './response.ts';
import { STREAM_DONE, createChunks, serverSentEvent } from './stream.ts';

const head = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'assistant', systemFingerprint: 'ab12' };
const usage = { promptTokens: 10, cachedTokens: 4, completionTokens: 3, reasoningTokens: 1 };
const call = { id: 'call_1', name: 'f', arguments: '{}' };

describe('createChunks', () => {
  it('says usage null in every chunk but the last when usage was asked for', () => {
    const chunks = createChunks({ head, includeUsage: true });
    expect(
      [chunks.choice(0).role(), chunks.choice(0).text('hi'), chunks.choice(0).finish('stop', 0)].map(
        (chunk) => 'usage' in chunk && chunk.usage,
      ),
    ).toEqual([null, null, null]);
    expect(chunks.usage(usage)).toMatchObject({
      choices: [],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 3,
        total_tokens: 13,
        prompt_tokens_details: { cached_tokens: 4 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
    });
  });

  it('leaves usage out when it was not asked for', () => {
    expect('usage' in createChunks({ head, includeUsage: false }).choice(0).text('hi')).toBe(false);
  });

  it('ends with tool_calls when a call was made, unless the answer was cut', () => {
    const chunks = createChunks({ head, includeUsage: false });
    expect(chunks.choice(0).finish('stop', 1).choices[0]?.finish_reason).toBe('tool_calls');
    expect(chunks.choice(0).finish('length', 1).choices[0]?.finish_reason).toBe('length');
  });

  it('names the service and the variant in every chunk', () => {
    expect(createChunks({ head, includeUsage: false }).choice(0).toolCall(0, call)).toMatchObject({
      object: 'chat.completion.chunk',
      model: 'assistant',
      system_fingerprint: 'ab12',
      choices: [
        {
          delta: {
            tool_calls: [
              { index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '' } },
            ],
          },
        },
      ],
    });
  });

  it('adds to the arguments of a call by its place', () => {
    expect(createChunks({ head, includeUsage: false }).choice(1).toolArguments(2, '{"a"')).toMatchObject({
      choices: [{ index: 1, delta: { tool_calls: [{ index: 2, function: { arguments: '{"a"' } }] } }],
    });
  });

  it('frames an event so that a line break in the text stays inside it', () => {
    expect(serverSentEvent({ a: 'x\n\ny' })).toBe('data: {"a":"x\\n\\ny"}\n\n');
    expect(STREAM_DONE).toBe('data: [DONE]\n\n');
  });
});

describe('chatCompletion', () => {
  it('has null as content when there are only calls', () => {
    const answer = chatCompletion(head, [{ text: '', toolCalls: [call], finishReason: 'stop', usage }]);
    expect(answer.choices[0]).toMatchObject({
      message: { content: null, tool_calls: [{ id: 'call_1' }] },
      finish_reason: 'tool_calls',
    });
  });

  it('has an empty text as content when the model said nothing', () => {
    expect(
      chatCompletion(head, [{ text: '', toolCalls: [], finishReason: 'stop', usage }]).choices[0]?.message
        .content,
    ).toBe('');
  });
});
