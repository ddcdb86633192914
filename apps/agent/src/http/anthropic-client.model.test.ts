import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTEXT_TOKENS } from '../../test/small-deployment.ts';
import { starterBox } from '../../test/starter-box.ts';

let box: Awaited<ReturnType<typeof starterBox>>;
let client: Anthropic;

beforeAll(async () => {
  box = await starterBox();
  client = new Anthropic({ baseURL: box.url, apiKey: 'unused', maxRetries: 0 });
});
afterAll(() => box.stop());

const ask = (content: string, maxTokens = 12) => ({
  model: 'assistant',
  max_tokens: maxTokens,
  messages: [{ role: 'user' as const, content }],
});

const LOCK = {
  name: 'lock_door',
  description: 'Locks a door.',
  input_schema: {
    type: 'object' as const,
    properties: { door: { type: 'string', enum: ['front', 'back'] } },
    required: ['door'],
    additionalProperties: false,
  },
};

describe('the anthropic client', () => {
  it('lists and reads models in its own shape', async () => {
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toEqual(['assistant']);
    const { data, request_id: requestId } = await client.models.retrieve('assistant').withResponse();
    expect(data).toMatchObject({ type: 'model', max_input_tokens: CONTEXT_TOKENS });
    expect(requestId).toMatch(/./);
    expect((await client.beta.models.list()).data).toHaveLength(1);
  });

  it('gets a whole message, and a prompt’s second reading from the cache', async () => {
    const first = await client.messages.create(ask('open the door'));
    expect(first).toMatchObject({ type: 'message', role: 'assistant', model: 'assistant' });
    expect(first.content[0]).toMatchObject({ type: 'text' });
    expect(first.usage.output_tokens).toBeGreaterThan(0);
    const second = await client.messages.create(ask('open the door'));
    expect(second.usage.cache_read_input_tokens).toBeGreaterThan(0);
    expect(second.usage.input_tokens + (second.usage.cache_read_input_tokens ?? 0)).toBe(
      first.usage.input_tokens + (first.usage.cache_read_input_tokens ?? 0),
    );
  });

  it('gets a message where it asks as Claude Code does', async () => {
    const billing = 'x-anthropic-billing-header: cc_version=2.1.37.0d9; cc_entrypoint=cli; cch=fa690;';
    const system = 'You open doors.';
    const asked = { ...ask('open the door'), tools: [{ ...LOCK, eager_input_streaming: true }] };
    const message = await client.beta.messages.create({
      ...asked,
      betas: ['context-management-2025-06-27'],
      context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
      thinking: { type: 'adaptive' },
      metadata: { user_id: 'till-4' },
      system: [
        { type: 'text', text: billing },
        { type: 'text', text: system, cache_control: { type: 'ephemeral', scope: 'global' } as never },
      ],
    });
    const { max_tokens: _none, ...prompt } = { ...asked, system };
    const { input_tokens: counted } = await client.messages.countTokens(prompt);
    expect(message.usage.input_tokens + (message.usage.cache_read_input_tokens ?? 0)).toBe(counted);
  });

  it('puts a stream together with its own helper', async () => {
    const whole = await client.messages.create(ask('count the stock'));
    const stream = client.messages.stream(ask('count the stock'));
    const kinds = new Set<string>();
    stream.on('streamEvent', ({ type }) => kinds.add(type));
    const final = await stream.finalMessage();
    expect(final.content).toEqual(whole.content);
    expect([final.stop_reason, final.usage.output_tokens]).toEqual([
      whole.stop_reason,
      whole.usage.output_tokens,
    ]);
    expect([...kinds]).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  it('counts the tokens that a message then has', async () => {
    const { max_tokens: _none, ...prompt } = ask('open the door');
    const system = 'You open doors.';
    const { input_tokens: counted } = await client.messages.countTokens({ ...prompt, system });
    const { usage } = await client.messages.create({ ...ask('open the door', 1), system });
    expect(counted).toBe(usage.input_tokens + (usage.cache_read_input_tokens ?? 0));
  });

  it.each([{ type: 'any' as const }, { type: 'tool' as const, name: 'lock_door' }])(
    'gets a call that keeps to its schema with tool_choice %j, streamed and not',
    async (choice) => {
      const request = {
        ...ask('hello', 100),
        tools: [LOCK],
        tool_choice: { ...choice, disable_parallel_tool_use: true },
      };
      const message = await client.messages.create(request);
      expect(message.stop_reason).toBe('tool_use');
      expect(message.content).toMatchObject([
        {
          type: 'tool_use',
          name: 'lock_door',
          input: { door: expect.stringMatching(/^(front|back)$/) as string },
        },
      ]);
      const stream = client.messages.stream(request);
      const pieces: string[] = [];
      stream.on('inputJson', (piece) => pieces.push(piece));
      expect((await stream.finalMessage()).content).toMatchObject([
        { type: 'tool_use', name: 'lock_door', input: JSON.parse(pieces.join('')) as object },
      ]);
    },
  );

  it('runs tools through its runner, which does without a thread where it is told so', async () => {
    const doors: unknown[] = [];
    const runner = client.beta.messages.toolRunner({
      ...ask('lock the front door', 100),
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
      max_iterations: 2,
      tools: [
        {
          ...LOCK,
          run: (input: unknown) => (doors.push(input), 'locked'),
          parse: (input: unknown) => input,
        },
      ],
    });
    const last = await runner.runUntilDone();
    expect(last.stop_reason).toBe('tool_use');
    expect(doors).toHaveLength(2);
    expect(doors[0]).toEqual({ door: expect.stringMatching(/^(front|back)$/) as string });
  });

  it('goes on with the result of a call', async () => {
    const after = await client.messages.create({
      ...ask('lock the front door', 8),
      tools: [LOCK],
      messages: [
        { role: 'user', content: 'lock the front door' },
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: 'toolu_1', name: 'lock_door', input: { door: 'front' } }],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'locked' }] },
      ],
    });
    expect(after.usage.output_tokens).toBeGreaterThan(0);
  });

  it('gets an answer that keeps to a schema', async () => {
    const schema = {
      type: 'object',
      properties: { open: { type: 'boolean' } },
      required: ['open'],
      additionalProperties: false,
    };
    const message = await client.messages.create({
      ...ask('is it open', 60),
      output_config: { format: { type: 'json_schema', schema } },
    });
    const [block] = message.content;
    expect(block?.type === 'text' && JSON.parse(block.text)).toEqual({
      open: expect.any(Boolean) as boolean,
    });
  });

  it('is told which stop sequence ended the answer', async () => {
    const schema = {
      type: 'object',
      properties: { open: { type: 'boolean' } },
      required: ['open'],
      additionalProperties: false,
    };
    const message = await client.messages.create({
      ...ask('is it open', 60),
      stop_sequences: ['never so', 'open'],
      output_config: { format: { type: 'json_schema', schema } },
    });
    expect([message.stop_reason, message.stop_sequence]).toEqual(['stop_sequence', 'open']);
  });

  it('stops the generation when it aborts', async () => {
    const finished: string[] = [];
    const off = box.services.events.on('request-finished', ({ outcome }) => finished.push(outcome));
    const stream = await client.messages.create({
      ...ask('on and on', 400),
      stream: true,
      output_config: {
        format: {
          type: 'json_schema',
          schema: { type: 'array', items: { type: 'integer' }, minItems: 300 },
        },
      },
    });
    for await (const event of stream) if (event.type === 'content_block_delta') stream.controller.abort();
    await expect.poll(() => finished).toEqual(['aborted']);
    off();
  });

  it('throws its typed errors', async () => {
    await expect(client.messages.create({ ...ask('x'), model: 'claude' })).rejects.toMatchObject({
      constructor: Anthropic.NotFoundError,
      type: 'not_found_error',
      requestID: expect.any(String) as string,
    });
    await expect(
      client.messages.create({ ...ask('x'), thinking: { type: 'enabled', budget_tokens: 1_024 } }),
    ).rejects.toMatchObject({
      constructor: Anthropic.BadRequestError,
      type: 'invalid_request_error',
    });
    await expect(
      client.messages.create({
        ...ask('x'),
        messages: [
          {
            role: 'user',
            content: [{ type: 'image', source: { type: 'url', url: 'https://example.test/a.png' } }],
          },
        ],
      }),
    ).rejects.toThrow('messages[0].content[0]');
    await expect(client.messages.create(ask('word '.repeat(CONTEXT_TOKENS * 4)))).rejects.toBeInstanceOf(
      Anthropic.BadRequestError,
    );
  });
});
