import { describe, expect, it } from 'vitest';
import { parseCount, parseMessage, type ParsedMessageCall } from './request.ts';

const message = (changes: object = {}): ParsedMessageCall =>
  parseMessage({
    model: 'assistant',
    max_tokens: 50,
    messages: [{ role: 'user', content: 'Hi' }],
    ...changes,
  });

function callOf(parsed: ParsedMessageCall) {
  if (!parsed.ok) throw parsed.error;
  return parsed.call;
}

function fieldOf(parsed: ParsedMessageCall): string | undefined {
  if (parsed.ok) throw new TypeError('expected a refusal');
  return parsed.error.details.field;
}

const LOCK = {
  name: 'lock',
  description: 'Locks a door.',
  input_schema: { type: 'object', properties: { door: { type: 'integer' } }, required: ['door'] },
};

describe('POST /v1/messages', () => {
  it('reads what says how tokens are chosen and where to stop', () => {
    expect(
      callOf(message({ temperature: 0.5, top_p: 0.9, top_k: 4, stop_sequences: ['END'], stream: true })),
    ).toMatchObject({
      stream: true,
      generation: {
        maxTokens: 50,
        stop: ['END'],
        sampling: { temperature: 0.5, topP: 0.9, topK: 4 },
      },
    });
  });

  it.each([
    ['Be brief.', 'Be brief.'],
    [
      [
        { type: 'text', text: 'One.', cache_control: { type: 'ephemeral' } },
        { type: 'text', text: 'Two.' },
      ],
      'One.\n\nTwo.',
    ],
  ])('puts the system prompt first: %j', (system, content) => {
    expect(callOf(message({ system })).generation.messages).toEqual([
      { role: 'system', content },
      { role: 'user', content: 'Hi' },
    ]);
  });

  it('keeps what is not for the model out of the system prompt', () => {
    const billing = 'x-anthropic-billing-header: cc_version=2.1.37.0d9; cc_entrypoint=cli; cch=fa690;';
    const system = [billing, 'You are a helper.', `Say ${billing}`].map((text) => ({ type: 'text', text }));
    expect(callOf(message({ system })).generation.messages[0]).toEqual({
      role: 'system',
      content: `You are a helper.\n\nSay ${billing}`,
    });
  });

  it.each([-1, null, undefined])('takes top_p and top_k of %j as not given', (none) => {
    expect(callOf(message({ top_p: none, top_k: none })).generation.sampling).toEqual({
      temperature: undefined,
      topP: undefined,
      topK: undefined,
    });
  });

  it.each([
    [{}],
    [{ edits: [] }],
    [{ edits: [{ type: 'clear_thinking_20251015' }] }],
    [{ edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] }],
    [{ edits: [{ type: 'clear_thinking_20251015', keep: { type: 'thinking_turns', value: 1 } }] }],
  ])('takes context_management %j, which changes nothing here', (management) => {
    expect(message({ context_management: management }).ok).toBe(true);
  });

  it.each([
    [{ type: 'auto' }, { required: false, single: false }],
    [
      { type: 'auto', disable_parallel_tool_use: true },
      { required: false, single: true },
    ],
    [{ type: 'any' }, { required: true, single: false }],
    [
      { type: 'tool', name: 'lock' },
      { required: true, single: true },
    ],
  ])('holds the answer to tool_choice %j', (choice, calls) => {
    const call = callOf(message({ tools: [LOCK], tool_choice: choice }));
    expect(call.form.calls).toMatchObject(calls);
    expect(call.generation.tools).toEqual([
      { name: 'lock', description: 'Locks a door.', parameters: LOCK.input_schema },
    ]);
  });

  it('offers no tools where none may be used', () => {
    const call = callOf(message({ tools: [LOCK], tool_choice: { type: 'none' } }));
    expect([call.generation.tools, call.form.calls]).toEqual([[], undefined]);
  });

  it('holds the answer to a schema', () => {
    const schema = { type: 'object', properties: {}, additionalProperties: false };
    expect(callOf(message({ output_config: { format: { type: 'json_schema', schema } } })).form.text).toEqual(
      {
        kind: 'json-schema',
        schema,
        field: 'output_config.format.schema',
      },
    );
  });

  it('lets through what changes no answer', () => {
    const harmless = {
      cache_control: { type: 'ephemeral', ttl: '1h', scope: 'global' },
      output_config: { effort: null, format: null, task_budget: null },
      metadata: { user_id: 'till-4' },
      service_tier: 'auto',
      speed: 'standard',
      container: null,
      tools: [
        {
          ...LOCK,
          type: 'custom',
          cache_control: null,
          defer_loading: false,
          eager_input_streaming: true,
          allowed_callers: ['direct'],
        },
      ],
    };
    expect(message(harmless).ok).toBe(true);
  });

  it.each([
    [{ max_tokens: undefined }, 'max_tokens'],
    [{ max_tokens: 0 }, 'max_tokens'],
    [{ temperature: 1.5 }, 'temperature'],
    [{ top_p: -0.5 }, 'top_p'],
    [{ top_k: -2 }, 'top_k'],
    [
      { context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] } },
      'context_management.edits[0].type',
    ],
    [{ context_management: { compact: true } }, 'context_management.compact'],
    [{ output_config: { task_budget: { total: 5 } } }, 'output_config.task_budget'],
    [{ tools: [{ ...LOCK, defer_loading: true }] }, 'tools[0].defer_loading'],
    [{ messages: [] }, 'messages'],
    [{ messages: [{ role: 'tool', content: '' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'system', content: 'x' }] }, 'messages'],
    [
      {
        messages: [
          { role: 'user', content: 'x' },
          { role: 'assistant', content: 'The answer is' },
        ],
      },
      'messages[1].role',
    ],
    [{ system: [{ type: 'image', source: {} }] }, 'system[0]'],
    [{ service_tier: 'priority' }, 'service_tier'],
    [{ container: 'c1' }, 'container'],
    [{ mcp_servers: [{ url: 'https://example.test' }] }, 'mcp_servers'],
    [{ top_a: 1 }, 'top_a'],
    [{ tools: [{ type: 'web_search_20260209', name: 'web_search' }] }, 'tools[0].type'],
    [{ tools: [{ name: 'lock' }] }, 'tools[0].input_schema'],
    [{ tools: [{ ...LOCK, input_examples: [{ door: 1 }] }] }, 'tools[0].input_examples'],
    [{ tools: [{ ...LOCK, colour: 'red' }] }, 'tools[0].colour'],
    [{ tools: [LOCK], tool_choice: { type: 'tool', name: 'open' } }, 'tool_choice'],
    [{ tool_choice: { type: 'any' } }, 'tool_choice'],
    [{ thinking: { type: 'enabled' } }, 'thinking.budget_tokens'],
    [
      { thinking: { type: 'enabled', budget_tokens: 2_000 }, tools: [LOCK], tool_choice: { type: 'any' } },
      'thinking',
    ],
    [{ output_config: { format: { type: 'xml' } } }, 'output_config.format.type'],
    [{ cache_control: { type: 'ephemeral', scope: 'zzz' } }, 'cache_control.scope'],
    [{ tools: [{ ...LOCK, description: '\ud800' }] }, 'tools[0].description'],
    [
      { tools: [{ ...LOCK, input_schema: { type: 'object', description: '\ud800' } }] },
      'tools[0].input_schema',
    ],
    [
      {
        messages: [
          {
            role: 'assistant',
            content: [{ type: 'tool_use', id: 'toolu_1', name: 'lock', input: { door: ['\ud800'] } }],
          },
        ],
      },
      'messages[0].content[0].input',
    ],
  ])('refuses %j by the name of the field', (changes, field) => {
    expect(fieldOf(message(changes))).toBe(field);
  });

  it('quotes nothing but names in a refusal, as the rest may be a prompt', () => {
    const secret = 'the door code is 4711';
    const parsed = message({ messages: [{ role: 'user', content: [{ type: secret }] }] });
    expect(parsed).toMatchObject({ ok: false, error: { details: { field: 'messages[0].content[0]' } } });
    expect(!parsed.ok && parsed.error.message).not.toContain('4711');
  });
});

describe('POST /v1/messages/count_tokens', () => {
  it('reads the prompt as messages does, and needs no max_tokens', () => {
    const parsed = parseCount({
      model: 'assistant',
      system: 'Be brief.',
      messages: [{ role: 'user', content: 'Hi' }],
      tools: [LOCK],
    });
    expect(parsed).toMatchObject({
      ok: true,
      call: {
        model: 'assistant',
        prompt: { messages: [{ role: 'system' }, { role: 'user' }], tools: [{ name: 'lock' }] },
      },
    });
  });

  it('refuses what only an answer has', () => {
    expect(parseCount({ model: 'a', messages: [{ role: 'user', content: '' }], stream: true })).toMatchObject(
      {
        error: { details: { field: 'stream' } },
      },
    );
  });
});
