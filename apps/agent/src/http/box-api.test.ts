import { describe, expect, it } from 'vitest';
import { NETWORK, fakeBox } from '../../test/fake-box.ts';

const chat = (content: string, changes: object = {}) => ({
  model: 'assistant',
  messages: [{ role: 'user', content }],
  ...changes,
});

async function errorOf(response: Response): Promise<Record<string, unknown>> {
  const { error } = (await response.json()) as { error: Record<string, unknown> };
  return { status: response.status, ...error };
}

function chunksOf(body: string): unknown[] {
  return body
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) =>
      event === 'data: [DONE]' ? 'done' : (JSON.parse(event.replace(/^data: /, '')) as unknown),
    );
}

describe('POST /v1/chat/completions', () => {
  it('answers as the service, with the variant as fingerprint and the usage', async () => {
    const { post } = await fakeBox();
    const response = await post(chat('hello dear box'));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'assistant',
      system_fingerprint: 'ab12',
      choices: [
        { index: 0, message: { role: 'assistant', content: 'hello dear box' }, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 },
    });
  });

  it('streams role, text, finish, usage and the end mark, in this order', async () => {
    const { post } = await fakeBox();
    const response = await post(chat('hello you', { stream: true, stream_options: { include_usage: true } }));
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('x-request-id')).toMatch(/./);
    expect(chunksOf(await response.text())).toMatchObject([
      { choices: [{ delta: { role: 'assistant' }, finish_reason: null }], usage: null },
      { choices: [{ delta: { content: 'hello' } }] },
      { choices: [{ delta: { content: ' you' } }] },
      { choices: [{ delta: {}, finish_reason: 'stop' }] },
      { choices: [], usage: { prompt_tokens: 2, completion_tokens: 2, total_tokens: 4 } },
      'done',
    ]);
  });

  it('shows the calls that the model makes, streamed and not, where functions were offered', async () => {
    const answer = ['Sure.', '\n<tool_', 'call>{"name":"lock","argum', 'ents":{"do', 'or":2}}</tool_call>'];
    const { post } = await fakeBox({ answer: () => answer });
    const tools = [{ type: 'function', function: { name: 'lock' } }];
    expect(await (await post(chat('lock', { tools }))).json()).toMatchObject({
      choices: [
        {
          message: {
            content: 'Sure.',
            tool_calls: [{ type: 'function', function: { name: 'lock', arguments: '{"door":2}' } }],
          },
          finish_reason: 'tool_calls',
        },
      ],
    });
    expect(
      chunksOf(await (await post(chat('lock', { tools, stream: true }))).text()).slice(1, 6),
    ).toMatchObject([
      { choices: [{ delta: { content: 'Sure.' } }] },
      { choices: [{ delta: { tool_calls: [{ index: 0, function: { name: 'lock', arguments: '' } }] } }] },
      { choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: '{"do' } }] } }] },
      { choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: 'or":2}' } }] } }] },
      { choices: [{ finish_reason: 'tool_calls' }] },
    ]);
    expect(await (await post(chat('lock'))).json()).toMatchObject({
      choices: [{ message: { content: answer.join('') } }],
    });
  });

  it('gives a call whose arguments are no JSON as the text it was; a stream has shown it by then', async () => {
    const answer = ['<tool_call>{"name":"lock","arguments":{"door":', 'two}}</tool_call>'];
    const { post } = await fakeBox({ answer: () => answer });
    const tools = [{ type: 'function', function: { name: 'lock' } }];
    expect(await (await post(chat('lock', { tools }))).json()).toMatchObject({
      choices: [{ message: { content: answer.join('') }, finish_reason: 'stop' }],
    });
    const streamed = chunksOf(await (await post(chat('lock', { tools, stream: true }))).text());
    expect(streamed.slice(2, 5)).toMatchObject([
      { choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: '{"door":' } }] } }] },
      { choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: 'two}}' } }] } }] },
      { choices: [{ finish_reason: 'tool_calls' }] },
    ]);
  });

  it('refuses a prompt over the context with both numbers, streamed or not', async () => {
    const { post } = await fakeBox();
    for (const stream of [false, true]) {
      expect(await errorOf(await post(chat('word '.repeat(40), { stream })))).toMatchObject({
        status: 400,
        code: 'context_length_exceeded',
        type: 'invalid_request_error',
        prompt_tokens: 40,
        context_tokens: 32,
      });
    }
  });

  it('refuses a parameter it cannot honour by name', async () => {
    const { post } = await fakeBox();
    expect(await errorOf(await post(chat('x', { audio: {} })))).toMatchObject({
      status: 400,
      param: 'audio',
      code: 'unsupported_parameter',
    });
  });

  it('refuses an unknown model with the list of what is served', async () => {
    const { post } = await fakeBox();
    expect(await errorOf(await post(chat('x', { model: 'gpt-5' })))).toMatchObject({
      status: 404,
      param: 'model',
      code: 'model_not_found',
      served: ['assistant'],
    });
  });

  it('says when to come back while nothing is loaded', async () => {
    const { post, services } = await fakeBox();
    await services.drain('one', { deadlineMs: 0 });
    const response = await post(chat('x'));
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await errorOf(response)).toMatchObject({
      status: 503,
      type: 'unavailable_error',
      code: 'loading',
      loading: { service: 'assistant' },
    });
  });

  it('says when to come back, and the place in the queue, when the queue is full', async () => {
    const { post, engines, services } = await fakeBox({ queueLimit: 1, startHeld: true });
    const running = post(chat('a'));
    await expect.poll(() => engines.latest().running).toBe(1);
    const waiting = post(chat('b'));
    await expect.poll(() => services.served()[0]?.queued).toBe(1);
    const response = await post(chat('c'));
    expect([
      response.headers.get('x-queue-position'),
      Number(response.headers.get('retry-after')) > 0,
    ]).toEqual(['2', true]);
    expect(await errorOf(response)).toMatchObject({
      status: 429,
      type: 'rate_limit_error',
      code: 'queue_full',
    });
    engines.latest().resume();
    expect([(await running).status, (await waiting).status]).toEqual([200, 200]);
  });

  it('puts an error into the stream when the engine dies in the middle of an answer, and no end mark', async () => {
    const { post, engines } = await fakeBox({ holdAfter: 2 });
    const response = await post(chat('one two three four', { stream: true }));
    let body = '';
    for await (const bytes of response.body ?? []) {
      const before = body.includes('two');
      body += new TextDecoder().decode(bytes);
      if (!before && body.includes('two')) engines.latest().crash();
    }
    expect(chunksOf(body).at(-1)).toMatchObject({ error: { code: 'engine_crashed', tokens_produced: 2 } });
  });

  it('stops generating when the client is gone, streaming or not', async () => {
    for (const stream of [false, true]) {
      const { post, engines } = await fakeBox({ startHeld: true });
      const gone = new AbortController();
      const response = post(chat('one two three', { stream }), {}, gone.signal);
      await expect.poll(() => engines.latest().running).toBe(1);
      gone.abort();
      expect((await response).status).toBe(499);
      expect(engines.latest().running).toBe(0);
    }
  });

  it.each([
    ['no JSON', '{"model":'],
    ['a JSON value that is no object', '[]'],
  ])('refuses %s as not valid', async (_name, body) => {
    const { post } = await fakeBox();
    expect(await errorOf(await post(body))).toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      param: 'body',
    });
  });

  it('refuses bytes that are no UTF-8', async () => {
    const { app } = await fakeBox();
    const response = await app.request('/v1/chat/completions', {
      method: 'POST',
      body: Uint8Array.from([0x22, 0xff, 0x22]),
    });
    expect(await errorOf(response)).toMatchObject({ status: 400, param: 'body' });
  });

  it('refuses a body over the limit, whether it says its length or not', async () => {
    const { app, post } = await fakeBox({ maxBodyBytes: 200 });
    expect(await errorOf(await post(chat('x'.repeat(300)), { 'content-length': '400' }))).toMatchObject({
      status: 413,
      code: 'too_large',
    });
    const body = new Blob([JSON.stringify(chat('x'.repeat(300)))]).stream();
    const streamed = new Request('http://localhost/v1/chat/completions', {
      method: 'POST',
      body,
      duplex: 'half',
    });
    expect((await app.request(streamed)).status).toBe(413);
  });

  it('tells the listener of an error its code, and never a word of the prompt', async () => {
    const { post, errors } = await fakeBox();
    await post('{"model": "assistant", "messages": [{"role": "user", "content": "my secret"');
    await post(chat('my secret', { audio: {} }));
    await post(chat('my secret '.repeat(40)));
    expect(errors.map((error) => error.code)).toEqual([
      'invalid-input',
      'unsupported-parameter',
      'context-length-exceeded',
    ]);
    expect(errors.map((error) => JSON.stringify([error.message, error.details])).join()).not.toContain(
      'secret',
    );
  });
});

describe('the other routes', () => {
  it('lists services, and finds one by its own or its variant’s name', async () => {
    const { app } = await fakeBox();
    expect(await (await app.request('/v1/models')).json()).toMatchObject({
      object: 'list',
      data: [{ id: 'assistant', object: 'model', owned_by: 'flotilla' }],
    });
    expect(await (await app.request('/v1/models/harbor-1m-q8_0')).json()).toMatchObject({
      id: 'assistant',
      flotilla: { digest: 'ab12', context_tokens: 32 },
    });
    expect(await errorOf(await app.request('/v1/models/nope'))).toMatchObject({
      status: 404,
      served: ['assistant'],
    });
  });

  it('is alive always, and ready only when a request would be answered', async () => {
    const { app } = await fakeBox();
    const { app: empty } = await fakeBox({ empty: true });
    expect([(await app.request('/healthz')).status, (await app.request('/readyz')).status]).toEqual([
      200, 200,
    ]);
    expect([(await empty.request('/healthz')).status, (await empty.request('/readyz')).status]).toEqual([
      200, 503,
    ]);
  });

  it('is no longer ready while it is stopped', async () => {
    const { app, services } = await fakeBox();
    services.close();
    expect([(await app.request('/healthz')).status, (await app.request('/readyz')).status]).toEqual([
      200, 503,
    ]);
  });

  it('passes metrics and status on as they are supplied', async () => {
    const { app } = await fakeBox();
    const metrics = await app.request('/metrics');
    expect([metrics.headers.get('content-type'), await metrics.text()]).toEqual([
      'text/plain; version=0.0.4',
      'up 1\n',
    ]);
    expect(await (await app.request('/flotilla/v1/status')).json()).toEqual({ device: 'box-7' });
  });

  it.each([
    ['GET', '/v1/chat/completions', 'POST'],
    ['PUT', '/v1/models', 'GET'],
    ['POST', '/v1/responses/resp_1', 'GET, DELETE'],
    ['DELETE', '/tokenize', 'POST'],
  ])('says to %s %s which methods it knows', async (method, path, allow) => {
    const { app } = await fakeBox();
    const response = await app.request(path, { method });
    expect(response.headers.get('allow')).toBe(allow);
    expect(await errorOf(response)).toMatchObject({ status: 405, code: 'method_not_allowed' });
  });

  it('takes a slash behind a path as not there, a key being asked for all the same', async () => {
    const { app } = await fakeBox();
    const response = await app.request('/v1/chat/completions/', {
      method: 'POST',
      body: JSON.stringify(chat('hi')),
    });
    expect(response.status).toBe(200);
    expect((await app.request('/v1/models/')).status).toBe(200);
    expect((await app.request('/v1/models/assistant/?x=1')).status).toBe(200);
    const { app: closed } = await fakeBox({ access: NETWORK });
    expect((await closed.request('/v1/models/', { headers: { host: '192.168.1.7' } })).status).toBe(401);
  });

  it('answers an unknown path in the shape of every other error, with the request’s id', async () => {
    const { app } = await fakeBox();
    const response = await app.request('/v1/nope', { headers: { 'x-request-id': 'abc-1' } });
    expect(response.headers.get('x-request-id')).toBe('abc-1');
    expect(await errorOf(response)).toMatchObject({ status: 404, code: 'not_found' });
    expect((await app.request('/healthz')).headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
  });
});
