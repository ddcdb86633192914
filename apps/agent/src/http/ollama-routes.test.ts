import { describe, expect, it } from 'vitest';
import { NETWORK, fakeBox, type FakeBoxOptions } from '../../test/fake-box.ts';

async function call(path: string, body: object, options: FakeBoxOptions = {}) {
  const { app } = await fakeBox(options);
  return app.request(path, { method: 'POST', body: JSON.stringify(body) });
}

async function linesOf(response: Response): Promise<Record<string, unknown>[]> {
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const messages = [{ role: 'user', content: 'hello dear box' }];
const CALL_ANSWER = ['Sure.', '\n<tool_', 'call>{"name":"lock","argum', 'ents":{"door":2}}</tool_call>'];
const tools = [{ type: 'function', function: { name: 'lock', parameters: { type: 'object' } } }];
const THINKING = { supportsThinking: true, thinkingTags: { open: '<think>', close: '</think>' } };

describe('POST /api/chat', () => {
  it('streams lines of JSON, and counts and durations in the last', async () => {
    const response = await call('/api/chat', { model: 'assistant:latest', messages });
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = await linesOf(response);
    expect(lines.slice(0, 3)).toEqual(
      ['hello', ' dear', ' box'].map((content) => ({
        model: 'assistant',
        created_at: '2023-11-14T22:13:20.000Z',
        message: { role: 'assistant', content },
        done: false,
      })),
    );
    expect(lines[3]).toMatchObject({
      message: { content: '' },
      done: true,
      done_reason: 'stop',
      prompt_eval_count: 3,
      eval_count: 3,
      eval_duration: 3_000_000,
    });
    expect(lines).toHaveLength(4);
  });

  it('gives the whole answer at once when it is not to be streamed', async () => {
    const response = await call('/api/chat', {
      model: 'assistant',
      messages,
      stream: false,
      options: { num_predict: 2 },
    });
    expect(await response.json()).toMatchObject({
      model: 'assistant',
      message: { role: 'assistant', content: 'hello dear' },
      done: true,
      done_reason: 'length',
      eval_count: 2,
    });
  });

  it('shows the calls that the model makes, streamed and not', async () => {
    const answer = () => CALL_ANSWER;
    const whole = await call('/api/chat', { model: 'assistant', messages, tools, stream: false }, { answer });
    expect(await whole.json()).toMatchObject({
      message: {
        content: 'Sure.',
        tool_calls: [{ function: { index: 0, name: 'lock', arguments: { door: 2 } } }],
      },
      done_reason: 'stop',
    });
    const lines = await linesOf(await call('/api/chat', { model: 'assistant', messages, tools }, { answer }));
    expect(lines.slice(0, 2)).toMatchObject([
      { message: { content: 'Sure.' } },
      { message: { content: '', tool_calls: [{ function: { name: 'lock', arguments: { door: 2 } } }] } },
    ]);
  });

  it('keeps thinking apart', async () => {
    const options = { info: THINKING, answer: () => ['<think>Hm', '.</think>', 'Yes.'] };
    const whole = await call(
      '/api/chat',
      { model: 'assistant', messages, stream: false, think: true },
      options,
    );
    expect(await whole.json()).toMatchObject({ message: { content: 'Yes.', thinking: 'Hm.' } });
    const lines = await linesOf(await call('/api/chat', { model: 'assistant', messages }, options));
    expect(lines.map(({ message }) => message)).toMatchObject([
      { content: '', thinking: 'Hm' },
      { content: '', thinking: '.' },
      { content: 'Yes.' },
      { content: '' },
    ]);
  });

  it('answers at once when the model is only to be loaded', async () => {
    expect(await (await call('/api/chat', { model: 'assistant', keep_alive: '10m' })).json()).toMatchObject({
      message: { role: 'assistant', content: '' },
      done: true,
      done_reason: 'load',
    });
    expect((await call('/api/chat', { model: 'llama3' })).status).toBe(404);
  });

  it('unloads where it is told to, unless the fleet keeps the model loaded', async () => {
    const unload = { model: 'assistant', keep_alive: 0 };
    expect(await (await call('/api/chat', unload)).json()).toMatchObject({ done_reason: 'unload' });
    const kept = await call('/api/generate', unload, { keepLoaded: true });
    expect(kept.status).toBe(403);
    expect(await kept.json()).toMatchObject({ code: 'forbidden', field: 'keep_alive' });
    const answered = await call('/api/chat', { ...unload, messages }, { keepLoaded: true });
    expect(answered.status).toBe(200);
  });

  it.each([
    [{ options: { mirostat: 2 } }, 400, 'options.mirostat'],
    [{ options: { num_ctx: 64 } }, 400, 'options.num_ctx'],
    [{ think: true }, 400, 'think'],
    [{ model: 'llama3' }, 404, 'model'],
    [{ messages: [{ role: 'user', content: '', images: ['aGk='] }] }, 400, 'messages[0].images'],
    [{ messages: [{ role: 'user', content: 'word '.repeat(40) }] }, 400, 'messages'],
  ])('refuses %j as its clients read it', async (changes, status, field) => {
    const response = await call('/api/chat', { model: 'assistant', messages, ...changes });
    expect([response.status, await response.json()]).toMatchObject([
      status,
      { error: expect.any(String) as string, field },
    ]);
  });

  it('takes a context that is no longer than the service has', async () => {
    const body = { model: 'assistant', messages, options: { num_ctx: 32 }, stream: false };
    expect((await call('/api/chat', body)).status).toBe(200);
  });

  it('puts an error into the stream when the engine dies in the middle of an answer', async () => {
    const { app, engines } = await fakeBox({ holdAfter: 2 });
    const response = await app.request('/api/chat', {
      method: 'POST',
      body: JSON.stringify({ model: 'assistant', messages }),
    });
    let body = '';
    for await (const bytes of response.body ?? []) {
      const before = body.includes('dear');
      body += new TextDecoder().decode(bytes);
      if (!before && body.includes('dear')) engines.latest().crash();
    }
    expect(JSON.parse(body.trim().split('\n').at(-1) ?? '')).toMatchObject({ code: 'engine-crashed' });
  });
});

describe('POST /api/generate', () => {
  it('answers a prompt', async () => {
    const response = await call('/api/generate', { model: 'assistant', prompt: 'one two', stream: false });
    expect(await response.json()).toMatchObject({ response: 'one two', done: true, done_reason: 'stop' });
  });

  it('continues a raw prompt, and streams', async () => {
    const lines = await linesOf(
      await call('/api/generate', { model: 'assistant', prompt: 'one two', raw: true }),
    );
    expect(lines.map(({ response }) => response)).toEqual(['one', ' two', '']);
  });

  it('holds the answer to a schema', async () => {
    const grammars: unknown[] = [];
    const answer = ({ grammar }: { grammar?: string }) => (grammars.push(grammar), ['{}']);
    const format = { type: 'object', properties: {}, additionalProperties: false };
    await call('/api/generate', { model: 'assistant', prompt: 'x', format, stream: false }, { answer });
    expect(grammars).toEqual([expect.stringContaining('root ::=')]);
    const refused = await call('/api/generate', {
      model: 'assistant',
      prompt: 'x',
      format: { type: 'array', uniqueItems: true },
    });
    expect(await refused.json()).toMatchObject({ field: 'format/uniqueItems' });
  });
});

describe('vectors', () => {
  it('come in the order of their texts', async () => {
    const response = await call('/api/embed', { model: 'assistant', input: ['one', 'two words'] });
    const { embeddings, prompt_eval_count } = (await response.json()) as {
      embeddings: number[][];
      prompt_eval_count: number;
    };
    expect(embeddings).toHaveLength(2);
    expect(prompt_eval_count).toBe(3);
  });

  it('come alone for older clients', async () => {
    const response = await call('/api/embeddings', { model: 'assistant', prompt: 'one' });
    const { embedding } = (await response.json()) as { embedding: number[] };
    expect(Math.hypot(...embedding)).toBeCloseTo(1);
  });

  it('have as many numbers as the model makes', async () => {
    const response = await call('/api/embed', { model: 'assistant', input: 'one', dimensions: 5 });
    expect([response.status, await response.json()]).toMatchObject([400, { field: 'dimensions' }]);
  });
});

describe('models', () => {
  it('are listed as services', async () => {
    const { app } = await fakeBox();
    const tags = (await (await app.request('/api/tags')).json()) as { models: { name: string }[] };
    expect(tags.models.map(({ name }) => name)).toEqual(['assistant:latest']);
    const ps = (await (await app.request('/api/ps')).json()) as { models: unknown[] };
    expect(ps.models).toMatchObject([{ model: 'assistant:latest', digest: 'ab12', context_length: 32 }]);
    expect(await (await app.request('/api/version')).json()).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
    });
  });

  it('tell what they can do', async () => {
    const shown = await call('/api/show', { model: 'harbor-1m-q8_0' });
    expect(await shown.json()).toMatchObject({
      details: { quantization_level: 'Q8_0', parameter_size: '1M' },
      capabilities: expect.arrayContaining(['tools']) as string[],
    });
    expect((await call('/api/show', { model: 'llama3' })).status).toBe(404);
  });

  it.each([
    ['POST', '/api/pull'],
    ['POST', '/api/push'],
    ['POST', '/api/create'],
    ['POST', '/api/copy'],
    ['DELETE', '/api/delete'],
    ['POST', `/api/blobs/sha256:${'a'.repeat(64)}`],
  ])('are managed by the fleet: %s %s', async (method, path) => {
    const { app } = await fakeBox();
    const response = await app.request(path, { method, body: '{"model":"x"}' });
    expect([response.status, await response.json()]).toMatchObject([403, { code: 'forbidden' }]);
  });

  it('are no files to look for', async () => {
    const { app } = await fakeBox();
    expect((await app.request(`/api/blobs/sha256:${'a'.repeat(64)}`, { method: 'HEAD' })).status).toBe(403);
  });
});

it('refuses in Ollama’s words whoever has no key, and what does not exist', async () => {
  const { app } = await fakeBox({ access: NETWORK });
  const host = { host: '192.168.1.7' };
  const refused = await app.request('/api/tags', { headers: host });
  expect([refused.status, await refused.json()]).toMatchObject([401, { code: 'unauthenticated' }]);
  const unknown = await app.request('/api/unknown', { headers: { ...host, 'x-api-key': 'sk-till' } });
  expect([unknown.status, await unknown.json()]).toMatchObject([
    404,
    { error: expect.any(String) as string },
  ]);
});
