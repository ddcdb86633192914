import { describe, expect, it } from 'vitest';
import { NETWORK, fakeBox, type FakeBoxOptions } from '../../test/fake-box.ts';

async function call(body: object, options: FakeBoxOptions = {}, path = '/v1/messages') {
  const { app } = await fakeBox(options);
  return app.request(path, { method: 'POST', body: JSON.stringify(body) });
}

const ask = (changes: object = {}) => ({
  model: 'assistant',
  max_tokens: 20,
  messages: [{ role: 'user', content: 'hello dear box' }],
  ...changes,
});

async function eventsOf(response: Response): Promise<Record<string, unknown>[]> {
  const events = (await response.text()).split('\n\n').filter((event) => event !== '');
  return events.map((event) => {
    const [name, data] = event.split('\n');
    const value = JSON.parse((data ?? '').replace(/^data: /, '')) as Record<string, unknown>;
    expect(name).toBe(`event: ${String(value['type'])}`);
    return value;
  });
}

const CALL_ANSWER = ['Sure.', '\n<tool_', 'call>{"name":"lock","argum', 'ents":{"do', 'or":2}}</tool_call>'];
const tools = [{ name: 'lock', input_schema: { type: 'object' } }];
const THINKING = { supportsThinking: true, thinkingTags: { open: '<think>', close: '</think>' } };

describe('POST /v1/messages', () => {
  it('answers as the service, with the usage', async () => {
    const response = await call(ask());
    expect(response.headers.get('request-id')).toMatch(/./);
    expect(await response.json()).toMatchObject({
      id: expect.stringMatching(/^msg_/) as string,
      type: 'message',
      role: 'assistant',
      model: 'assistant',
      content: [{ type: 'text', text: 'hello dear box' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 3, cache_read_input_tokens: 0, output_tokens: 3 },
    });
  });

  it('streams typed events', async () => {
    const response = await call(ask({ stream: true, max_tokens: 2 }));
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(await eventsOf(response)).toMatchObject([
      { type: 'message_start', message: { usage: { input_tokens: 3 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hello' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: ' dear' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'max_tokens' }, usage: { output_tokens: 2 } },
      { type: 'message_stop' },
    ]);
  });

  it('shows the calls that the model makes as blocks', async () => {
    const options = { answer: () => CALL_ANSWER };
    expect(await (await call(ask({ tools }), options)).json()).toMatchObject({
      content: [
        { type: 'text', text: 'Sure.' },
        { type: 'tool_use', name: 'lock', input: { door: 2 } },
      ],
      stop_reason: 'tool_use',
    });
    expect((await eventsOf(await call(ask({ tools, stream: true }), options))).slice(4, 8)).toMatchObject([
      { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', name: 'lock' } },
      { delta: { type: 'input_json_delta', partial_json: '{"do' } },
      { delta: { type: 'input_json_delta', partial_json: 'or":2}' } },
      { type: 'content_block_stop', index: 1 },
    ]);
  });

  it('holds the answer to a call where one is asked for', async () => {
    const grammars: unknown[] = [];
    const answer = ({ grammar }: { grammar?: string }) => (grammars.push(grammar), CALL_ANSWER.slice(1));
    await call(ask({ tools, tool_choice: { type: 'tool', name: 'lock' } }), { answer });
    expect(grammars).toEqual([expect.stringContaining('lock')]);
  });

  it('shows thinking as a block of its own, and only names it when it is to be left out', async () => {
    const options = { info: THINKING, answer: () => ['<think>Hm', '.</think>', 'Yes.'] };
    const thinking = { type: 'enabled', budget_tokens: 10 };
    expect(await (await call(ask({ thinking }), options)).json()).toMatchObject({
      content: [
        { type: 'thinking', thinking: 'Hm.' },
        { type: 'text', text: 'Yes.' },
      ],
    });
    const left = await call(ask({ thinking: { ...thinking, display: 'omitted' } }), options);
    expect(await left.json()).toMatchObject({
      content: [{ type: 'thinking', thinking: '' }, { type: 'text' }],
    });
  });

  it('says that the context was full, and not the caller’s own bound', async () => {
    const answer = () => Array<string>(40).fill('x');
    expect(await (await call(ask({ max_tokens: 100 }), { answer })).json()).toMatchObject({
      stop_reason: 'model_context_window_exceeded',
    });
  });

  it.each([
    [{ model: 'claude-opus-5' }, 404, 'not_found_error', 'model'],
    [{ max_tokens: undefined }, 400, 'invalid_request_error', 'max_tokens'],
    [{ thinking: { type: 'enabled', budget_tokens: 10 } }, 400, 'invalid_request_error', 'thinking'],
    [
      { messages: [{ role: 'user', content: [{ type: 'image', source: {} }] }] },
      400,
      'invalid_request_error',
      'messages[0].content[0]',
    ],
    [{ messages: [{ role: 'user', content: 'word '.repeat(40) }] }, 400, 'invalid_request_error', 'messages'],
  ])('refuses %j as its clients read it', async (changes, status, type, field) => {
    const response = await call(ask(changes));
    expect(response.headers.get('request-id')).toMatch(/./);
    expect([response.status, await response.json()]).toMatchObject([
      status,
      { type: 'error', error: { type, details: { field } }, request_id: expect.any(String) as string },
    ]);
  });

  it('puts an error into the stream when the engine dies in the middle of an answer', async () => {
    const { app, engines } = await fakeBox({ holdAfter: 2 });
    const response = await app.request('/v1/messages', {
      method: 'POST',
      body: JSON.stringify(ask({ stream: true })),
    });
    let body = '';
    for await (const bytes of response.body ?? []) {
      const before = body.includes('dear');
      body += new TextDecoder().decode(bytes);
      if (!before && body.includes('dear')) engines.latest().crash();
    }
    expect(body).toContain('event: error\ndata: {"type":"error","error":{"type":"api_error"');
    expect(body).not.toContain('message_stop');
  });
});

it('counts the tokens of a prompt', async () => {
  const { max_tokens: _none, ...prompt } = ask({ system: 'be brief' });
  const response = await call(prompt, {}, '/v1/messages/count_tokens');
  expect(await response.json()).toEqual({ input_tokens: 5 });
});

it('lists models to Anthropic’s clients in their shape, and to others in OpenAI’s', async () => {
  const { app } = await fakeBox();
  const headers = { 'anthropic-version': '2023-06-01' };
  expect(await (await app.request('/v1/models', { headers })).json()).toMatchObject({
    data: [{ type: 'model', id: 'assistant', max_input_tokens: 32 }],
    has_more: false,
    first_id: 'assistant',
  });
  expect(await (await app.request('/v1/models/assistant', { headers })).json()).toMatchObject({
    type: 'model',
  });
  for (const path of ['/v1/models', '/v1/models/assistant?beta=true'])
    expect((await app.request(path, { headers })).headers.get('request-id')).toMatch(/./);
  expect(await (await app.request('/v1/models?page=2', { headers })).json()).toMatchObject({
    error: { type: 'invalid_request_error', details: { field: 'page' } },
  });
  expect(await (await app.request('/v1/models')).json()).toMatchObject({ object: 'list' });
  const missing = await app.request('/v1/models/gpt', { headers });
  expect(await missing.json()).toMatchObject({ type: 'error', error: { type: 'not_found_error' } });
});

it('refuses in Anthropic’s words whoever has no key, and takes the key in their header', async () => {
  const { app } = await fakeBox({ access: NETWORK });
  const post = (headers: Record<string, string>) =>
    app.request('/v1/messages', {
      method: 'POST',
      headers: { host: '192.168.1.7', ...headers },
      body: JSON.stringify(ask()),
    });
  expect(await (await post({})).json()).toMatchObject({ error: { type: 'authentication_error' } });
  expect((await post({ 'x-api-key': 'sk-till' })).status).toBe(200);
});
