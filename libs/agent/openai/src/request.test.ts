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
        n: 3,
        logprobs: true,
        top_logprobs: 2,
        logit_bias: { 5: -100 },
        repeat_penalty: 1.1,
        repeat_last_n: -1,
        timeout: 1.5,
      }),
    ).toEqual({
      model: 'assistant',
      stream: true,
      includeUsage: true,
      choices: 3,
      timeoutMs: 1_500,
      form: { text: { kind: 'free' } },
      thinking: { form: { text: { kind: 'free' } } },
      generation: {
        messages: [{ role: 'user', content: 'hi' }],
        tools: [],
        stop: ['END'],
        maxTokens: 5,
        logprobs: { top: 2 },
        logitBias: { 5: -100 },
        sampling: {
          temperature: 0.5,
          topP: 0.9,
          topK: 20,
          minP: 0.1,
          seed: -3,
          frequencyPenalty: 1,
          presencePenalty: -1,
          repeatPenalty: 1.1,
          repeatLastN: -1,
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
    ['store', { store: true }],
    ['no_such_thing', { no_such_thing: 1 }],
    ['constructor', { constructor: 1 }],
    ['logprobs', { logprobs: true, ...offered({}) }],
    ['parallel_tool_calls', { parallel_tool_calls: false }],
    ['response_format.extra', { response_format: { type: 'text', extra: 1 } }],
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
    [
      'messages[0].content[0].foo',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'a', foo: 1 }] }] },
    ],
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
    [
      'messages[0].content[0].text',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'half \ud83d' }] }] },
    ],
    ['messages[0].content[0].text', { messages: [{ role: 'user', content: [{ type: 'text' }] }] }],
    ['messages[0].name', { messages: [{ role: 'user', content: 'a', name: '\ud83d' }] }],
    ['tool_choice', { tool_choice: 'auto' }],
    ['tool_choice', { tool_choice: { type: 'function', function: { name: 'g' } }, ...offered({}) }],
    ['tools', { tools: [...offered({}).tools, ...offered({}).tools] }],
    ['n', { n: 17 }],
    ['top_logprobs', { top_logprobs: 2 }],
    ['top_logprobs', { logprobs: true, top_logprobs: 21 }],
    ['logit_bias.a', { logit_bias: { a: 1 } }],
    ['logit_bias.5', { logit_bias: { 5: 101 } }],
    ['timeout', { timeout: 0 }],
    ['response_format.type', { response_format: { type: 'xml' } }],
    [
      'response_format.json_schema.schema',
      { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { const: '\ud800' } } } },
    ],
    ['response_format.json_schema', { response_format: { type: 'json_schema' } }],
    [
      'response_format.json_schema.schema',
      { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: nested(65) } } },
    ],
    ['chat_template_kwargs.a b', { chat_template_kwargs: { 'a b': 1 } }],
    ['messages[0].tool_calls[0].function.name', called({ name: '<|im_end|>' })],
    ['messages[0].tool_call_id', { messages: [{ role: 'tool', content: 'a', tool_call_id: '\ud83d' }] }],
    [
      'messages[1].tool_call_id',
      { messages: [...messages, { role: 'tool', content: 'a', tool_call_id: 'c9' }] },
    ],
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
    expect(refusal({ model: 'assistant', messages, prediction: nested(20_000) })).toEqual({
      field: 'prediction',
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

  it('takes what clients send beside a message and its parts, and shows it to nobody', () => {
    const part = { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } };
    const call = accepted({
      messages: [
        { role: 'system', content: 'Be brief.', name: 'shop' },
        {
          role: 'user',
          content: [part, { type: 'text', text: 'b', prompt_cache_breakpoint: {} }],
          name: 'bob',
        },
        {
          role: 'assistant',
          content: null,
          name: 'agent',
          parsed: { a: 1 },
          reasoning: 'Hm.',
          provider_specific_fields: { refusal: null },
          tool_calls: [
            {
              id: 'c1',
              type: 'function',
              function: { name: 'f', arguments: '{}', parsed_arguments: {} },
              provider_specific_fields: null,
            },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'done', name: 'f' },
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

  it.each([
    ['auto', { required: false, single: false }],
    ['required', { required: true, single: false }],
    [
      { type: 'function', function: { name: 'f' } },
      { required: true, single: true },
    ],
    [
      {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'f' } }] },
      },
      { required: false, single: false },
    ],
  ])('holds calls to the choice %j', (tool_choice, calls) => {
    const field = 'tools[0].function.parameters';
    expect(accepted({ ...offered({}), tool_choice }).form.calls).toEqual({
      functions: [{ name: 'f', parameters: {}, strict: false, field }],
      ...calls,
    });
  });

  it('shows the model only the functions that it may call', () => {
    const tools = ['f', 'g'].map((name) => ({ type: 'function', function: { name } }));
    const tool_choice = { type: 'function', function: { name: 'g' } };
    expect(accepted({ tools, tool_choice }).generation.tools).toEqual([{ name: 'g' }]);
  });

  it.each([
    [{ type: 'text' }, { kind: 'free' }],
    [{ type: 'json_object' }, { kind: 'json-object' }],
    [
      { type: 'json_schema', json_schema: { name: 'a', strict: true, schema: { type: 'object' } } },
      { kind: 'json-schema', schema: { type: 'object' }, field: 'response_format.json_schema.schema' },
    ],
    [{ type: 'json_schema', json_schema: { name: 'a' } }, { kind: 'json-object' }],
  ])('reads the response format %j', (response_format, text) => {
    expect(accepted({ response_format }).form.text).toEqual(text);
  });
});
