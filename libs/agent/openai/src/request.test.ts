import { describe, expect, it } from 'vitest';
import { parseChatRequest, type ChatCompletionCall } from './request.ts';

const messages = [{ role: 'user', content: 'hi' }];

const called = (call: { name?: string; arguments?: string }) => ({
  messages: [
    {
      role: 'assistant',
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}', ...call } }],
    },
  ],
});
const nested = (levels: number): unknown => JSON.parse('{"a":'.repeat(levels) + '1' + '}'.repeat(levels));
const offered = (parameters: unknown) => ({
  tools: [{ type: 'function', function: { name: 'f', parameters } }],
});

function refusal(body: unknown): { field: unknown; code: string } {
  const parsed = parseChatRequest(body);
  if (parsed.ok) return { field: 'accepted', code: 'accepted' };
  return { field: parsed.error.details.field, code: parsed.error.code };
}

function accepted(body: object): ChatCompletionCall {
  const parsed = parseChatRequest({ model: 'assistant', messages, ...body });
  if (!parsed.ok) throw parsed.error;
  return parsed.call;
}

describe('parseChatRequest', () => {
  it('maps every honoured parameter', () => {
    expect(
      accepted({
        temperature: 0.5,
        top_p: 0.9,
        top_k: 20,
        min_p: 0.1,
        seed: -3,
        stop: 'END',
        max_tokens: 5,
        frequency_penalty: 1,
        presence_penalty: -1,
        stream: true,
        stream_options: { include_usage: true },
        user: 'someone',
        metadata: { a: 'b' },
        n: 1,
      }),
    ).toEqual({
      model: 'assistant',
      stream: true,
      includeUsage: true,
      generation: {
        messages: [{ role: 'user', content: 'hi' }],
        tools: [],
        stop: ['END'],
        maxTokens: 5,
        sampling: {
          temperature: 0.5,
          topP: 0.9,
          topK: 20,
          minP: 0.1,
          seed: -3,
          frequencyPenalty: 1,
          presencePenalty: -1,
        },
      },
    });
  });

  it('takes null as not given', () => {
    expect(
      accepted({ temperature: null, response_format: null, tools: null, n: null }).generation.sampling
        .temperature,
    ).toBeUndefined();
  });

  it.each([
    ['n', { n: 2 }],
    ['logprobs', { logprobs: true }],
    ['logit_bias', { logit_bias: { 5: 1 } }],
    ['response_format', { response_format: { type: 'json_object' } }],
    ['reasoning_effort', { reasoning_effort: 'high' }],
    ['store', { store: true }],
    ['no_such_thing', { no_such_thing: 1 }],
    ['constructor', { constructor: 1 }],
    ['tool_choice', { tool_choice: 'required', tools: [{ type: 'function', function: { name: 'f' } }] }],
    ['tools[0].function.strict', { tools: [{ type: 'function', function: { name: 'f', strict: true } }] }],
    ['stream_options.extra', { stream: true, stream_options: { extra: 1 } }],
    [
      'messages[0].content[1]',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'a' },
              { type: 'image_url', image_url: {} },
            ],
          },
        ],
      },
    ],
    ['messages[0].name', { messages: [{ role: 'user', content: 'a', name: 'bob' }] }],
  ])('refuses %s by name as not supported', (field, body) => {
    expect(refusal({ model: 'assistant', messages, ...body })).toEqual({
      field,
      code: 'unsupported-parameter',
    });
  });

  it.each([
    ['temperature', { temperature: 3 }],
    ['max_tokens', { max_tokens: 0 }],
    ['max_tokens', { max_tokens: 1, max_completion_tokens: 2 }],
    ['stream_options', { stream_options: { include_usage: true } }],
    ['messages', { messages: [] }],
    ['messages[0].role', { messages: [{ role: 'robot', content: 'a' }] }],
    ['messages[0].content', { messages: [{ role: 'assistant' }] }],
    ['messages[0].content', { messages: [{ role: 'user', content: 'half \ud83d' }] }],
    ['tool_choice', { tool_choice: 'auto' }],
    ['messages[0].tool_calls[0].function.name', called({ name: '<|im_end|>' })],
    ['messages[0].tool_call_id', { messages: [{ role: 'tool', content: 'a', tool_call_id: '\ud83d' }] }],
    [
      'messages[0].tool_calls[0].function.arguments',
      called({ arguments: '['.repeat(4_000) + ']'.repeat(4_000) }),
    ],
    ['tools[0].function.parameters', offered(nested(65))],
    ['tools[0].function.parameters', offered(nested(4_000))],
  ])('refuses a wrong %s by name as not valid', (field, body) => {
    expect(refusal({ model: 'assistant', messages, ...body })).toEqual({ field, code: 'invalid-input' });
  });

  it('takes functions and calls of 64 levels', () => {
    expect(accepted(offered(nested(64))).generation.tools).toHaveLength(1);
    expect(accepted(called({ arguments: JSON.stringify(nested(64)) })).generation.messages).toHaveLength(1);
  });

  it('refuses a parameter by name however deep its value is', () => {
    expect(refusal({ model: 'assistant', messages, logit_bias: nested(20_000) })).toEqual({
      field: 'logit_bias',
      code: 'unsupported-parameter',
    });
  });

  it('lets values through that change nothing', () => {
    expect(
      refusal({
        model: 'a',
        messages,
        logprobs: false,
        response_format: { type: 'text' },
        store: false,
        service_tier: 'auto',
        parallel_tool_calls: true,
      }),
    ).toEqual({ field: 'accepted', code: 'accepted' });
  });

  it.each([['text'], [null], [[]], [5]])('refuses the body %j', (body) => {
    expect(refusal(body)).toEqual({ field: 'body', code: 'invalid-input' });
  });

  it('joins text parts, reads developer as system, and keeps tool calls with their results', () => {
    const call = accepted({
      messages: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
        {
          role: 'assistant',
          content: null,
          refusal: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'done' },
      ],
    });
    expect(call.generation.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'ab' },
      { role: 'assistant', content: '', toolCalls: [{ id: 'c1', name: 'f', arguments: '{}' }] },
      { role: 'tool', content: 'done', toolCallId: 'c1' },
    ]);
  });

  it('offers no tools when the choice is none', () => {
    const tools = [
      { type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' } } },
    ];
    expect(accepted({ tools, tool_choice: 'none' }).generation.tools).toEqual([]);
    expect(accepted({ tools }).generation.tools).toEqual([
      { name: 'f', description: 'd', parameters: { type: 'object' } },
    ]);
  });
});
