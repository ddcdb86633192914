import { describe, expect, it } from 'vitest';
import { LOOPBACK, NETWORK, fakeBox, type FakeBoxOptions } from '../../test/fake-box.ts';
import { hashApiKey } from './api-keys.ts';
import { openResponseStore } from '../state/response-store.ts';

interface Answer {
  id: string;
  store: boolean;
  output: unknown[];
}

async function setUp(options: FakeBoxOptions = {}) {
  const responses = openResponseStore({
    path: ':memory:',
    keepMs: 60_000,
    maxBytes: 1_000_000,
    now: Date.now,
  });
  const { app } = await fakeBox({ responses, sequences: 2, ...options });
  const call = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const response = await app.request(`/v1/responses${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      text,
      body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text,
    };
  };
  const create = async (body: object, headers?: Record<string, string>) =>
    call('POST', '', { model: 'assistant', ...body }, headers);
  const answer = async (body: object): Promise<Answer> => (await create(body)).body as Answer;
  return { call, create, answer };
}

/** Answers with everything it was shown, a line per turn. */
const mirror: FakeBoxOptions = {
  answer: ({ messages }) => [messages.map(({ role, content }) => `${role}: ${content}`).join('\n')],
};
const eventsOf = (text: string) =>
  text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => {
      const [name, data] = event.split('\n');
      return { name: name?.slice(7), ...(JSON.parse(data?.slice(6) ?? '') as { type: string }) };
    });
const textOf = (answer: Answer): unknown =>
  (answer.output[0] as { content: { text: string }[] } | undefined)?.content[0]?.text;

describe('POST /v1/responses', () => {
  it('answers a text with a message', async () => {
    const { create } = await setUp();
    expect((await create({ input: 'hello box', metadata: { a: 'b' } })).body).toMatchObject({
      object: 'response',
      status: 'completed',
      model: 'assistant',
      system_fingerprint: 'ab12',
      store: true,
      metadata: { a: 'b' },
      output: [
        {
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'hello box', annotations: [] }],
        },
      ],
      usage: { input_tokens: 2, output_tokens: 2, total_tokens: 4 },
    });
  });

  it('goes on from a response that was kept, without its instructions', async () => {
    const { answer } = await setUp(mirror);
    const first = await answer({ input: 'one', instructions: 'Be brief.' });
    expect(textOf(first)).toBe('system: Be brief.\nuser: one');
    const second = await answer({ input: 'two', previous_response_id: first.id });
    expect(textOf(second)).toBe('user: one\nassistant: system: Be brief.\nuser: one\nuser: two');
  });

  it('keeps nothing where it is told so', async () => {
    const { answer, call, create } = await setUp();
    const { id, store } = await answer({ input: 'one', store: false });
    expect(store).toBe(false);
    expect((await call('GET', `/${id}`)).status).toBe(404);
    expect(await create({ input: 'two', previous_response_id: id })).toMatchObject({
      status: 404,
      body: { error: { param: 'previous_response_id' } },
    });
  });

  it('reads messages, calls and their outputs', async () => {
    const { answer } = await setUp(mirror);
    const input = [
      { role: 'developer', content: 'Be kind.' },
      { role: 'user', content: [{ type: 'input_text', text: 'lock' }] },
      { type: 'reasoning', id: 'rs_1', summary: [] },
      {
        type: 'function_call',
        call_id: 'c1',
        name: 'lock',
        arguments: '{"door":2}',
        id: 'fc_1',
        status: 'completed',
      },
      { type: 'function_call_output', call_id: 'c1', output: 'done' },
    ];
    expect(textOf(await answer({ input }))).toBe('system: Be kind.\nuser: lock\nassistant: \ntool: done');
  });

  it('takes the output of a call that a kept response made, and of no other', async () => {
    const { create, answer } = await setUp({
      answer: () => ['<tool_call>{"name":"lock","arguments":{}}</tool_call>'],
    });
    const tools = [{ type: 'function', name: 'lock', parameters: { type: 'object' }, strict: false }];
    const first = await answer({ input: 'x', tools });
    const [made] = first.output as { call_id: string }[];
    const output = (call_id: string) => ({
      input: [{ type: 'function_call_output', call_id, output: 'done' }],
      previous_response_id: first.id,
    });
    expect((await create(output(made?.call_id ?? ''))).status).toBe(200);
    expect(await create(output('another'))).toMatchObject({
      status: 400,
      body: { error: { param: 'input[0].call_id' } },
    });
  });

  it('goes on from items that are referred to, as the AI SDK’s own OpenAI provider does', async () => {
    const { create, answer, call } = await setUp({
      info: { thinkingTags: { open: '<think>', close: '</think>' } },
      answer: ({ messages }) =>
        messages.length === 1
          ? ['<think>Hm.</think>', 'At once.', '<tool_call>{"name":"lock","arguments":{}}</tool_call>']
          : [messages.map(({ role, content }) => `${role}: ${content}`).join('\n')],
    });
    const tools = [{ type: 'function', name: 'lock', parameters: { type: 'object' }, strict: false }];
    const user = { role: 'user', content: [{ type: 'input_text', text: 'lock' }] };
    const first = await answer({ input: [user], tools });
    const made = first.output as { id: string; type: string; call_id: string }[];
    expect(made.map(({ type }) => type)).toEqual(['reasoning', 'message', 'function_call']);
    const references = made.map(({ id }) => ({ type: 'item_reference', id }));
    const output = { type: 'function_call_output', call_id: made[2]?.call_id, output: 'done' };
    const input = [user, ...references, output];
    expect(textOf(await answer({ input }))).toBe('user: lock\nassistant: At once.\ntool: done');
    // The second response was made from the same items: it has them when the first is gone.
    await call('DELETE', `/${first.id}`);
    expect((await create({ input: [user, references[2], output] })).status).toBe(200);
    expect(await create({ input: [user, references[0]] })).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found', param: 'input[1].id' } },
    });
  });

  it('shows calls as items of their own', async () => {
    const { create } = await setUp({
      answer: () => ['<tool_call>{"name":"lock","arguments":{"door":2}}</tool_call>'],
    });
    const tools = [{ type: 'function', name: 'lock', parameters: { type: 'object' }, strict: false }];
    expect((await create({ input: 'x', tools })).body).toMatchObject({
      output: [{ type: 'function_call', name: 'lock', arguments: '{"door":2}', status: 'completed' }],
    });
  });

  it('streams the arguments of a call as they are written, and ends one that was cut as incomplete', async () => {
    const tools = [{ type: 'function', name: 'lock', parameters: { type: 'object' }, strict: false }];
    const answer = () => ['<tool_call>{"name":"lock","arguments":{"do', 'or":2}', '}</tool_call>'];
    const { create } = await setUp({ answer });
    const whole = eventsOf((await create({ input: 'x', tools, stream: true })).text);
    expect(whole.slice(2, -1)).toMatchObject([
      { type: 'response.output_item.added', item: { type: 'function_call', name: 'lock', arguments: '' } },
      { type: 'response.function_call_arguments.delta', delta: '{"do' },
      { type: 'response.function_call_arguments.delta', delta: 'or":2}' },
      { type: 'response.function_call_arguments.done', name: 'lock', arguments: '{"door":2}' },
      { type: 'response.output_item.done', item: { arguments: '{"door":2}', status: 'completed' } },
    ]);
    const cut = eventsOf((await create({ input: 'x', tools, stream: true, max_output_tokens: 1 })).text);
    expect(cut.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: { output: [{ type: 'function_call', arguments: '{"do', status: 'incomplete' }] },
    });
  });

  it('streams typed events whose last one holds what the whole answer would be', async () => {
    const { create, call } = await setUp({
      info: { thinkingTags: { open: '<think>', close: '</think>' } },
      answer: () => ['<think>Hm.</think>', 'one', ' two'],
    });
    const events = eventsOf((await create({ input: 'x', stream: true })).text);
    expect(events.every(({ name, type }) => name === type)).toBe(true);
    expect(events.map((event) => (event as { sequence_number?: number }).sequence_number)).toEqual([
      ...events.keys(),
    ]);
    expect(events.map(({ type }) => type.replace('response.', ''))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'reasoning_text.delta',
      'reasoning_text.done',
      'content_part.done',
      'output_item.done',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ]);
    const last = (events.at(-1) as unknown as { response: Answer }).response;
    expect(last).toMatchObject({
      status: 'completed',
      store: true,
      output: [{ type: 'reasoning' }, {}],
      usage: { output_tokens: 3, output_tokens_details: { reasoning_tokens: 1 } },
    });
    expect((await call('GET', `/${last.id}`)).body).toEqual(last);
  });

  it('says that an answer was cut', async () => {
    const { create } = await setUp();
    expect((await create({ input: 'one two three', max_output_tokens: 2 })).body).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ status: 'incomplete' }],
    });
  });

  it.each([
    ['input[0].type', { input: [{ type: 'web_search_call', id: 'ws_1' }] }],
    [
      'input[0].content[0]',
      { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'x' }] }] },
    ],
    ['input[0].call_id', { input: [{ type: 'function_call_output', output: 'x' }] }],
    ['background', { input: 'x', background: true }],
    ['conversation', { input: 'x', conversation: 'conv_1' }],
    ['tools[0].type', { input: 'x', tools: [{ type: 'web_search' }] }],
    ['text.format.type', { input: 'x', text: { format: { type: 'xml' } } }],
    ['no_such', { input: 'x', no_such: 1 }],
  ])('refuses %s by name', async (param, body) => {
    const { create } = await setUp();
    expect(await create(body)).toMatchObject({ status: 400, body: { error: { param } } });
  });
});

describe('kept responses', () => {
  it('list what they were made from, newest first, a page at a time', async () => {
    const { answer, call } = await setUp();
    const input = ['a', 'b', 'c'].map((content) => ({ role: 'user', content }));
    const { id } = await answer({ input });
    const page = (await call('GET', `/${id}/input_items?limit=2`)).body as { last_id: string };
    expect(page).toMatchObject({
      data: [{ content: [{ text: 'c' }] }, { content: [{ text: 'b' }] }],
      has_more: true,
    });
    expect((await call('GET', `/${id}/input_items?after=${page.last_id}`)).body).toMatchObject({
      data: [{ content: [{ type: 'input_text', text: 'a' }] }],
      has_more: false,
    });
  });

  it.each([
    ['stream', 'GET', '?stream=true'],
    ['include', 'GET', '?include[]=web_search_call.results'],
    ['limit', 'GET', '/input_items?limit=0'],
    ['before', 'GET', '/input_items?before=msg_1'],
    ['after', 'DELETE', '?after=msg_1'],
  ])('refuse the query’s %s by name', async (param, method, query) => {
    const { answer, call } = await setUp();
    const { id } = await answer({ input: 'a' });
    expect(await call(method, `/${id}${query}`)).toMatchObject({ status: 400, body: { error: { param } } });
  });

  it('take a query that asks for nothing that is lacking', async () => {
    const { answer, call } = await setUp();
    const { id } = await answer({ input: 'a' });
    const query = 'include[]=message.output_text.logprobs&include_obfuscation=false';
    expect((await call('GET', `/${id}?${query}`)).body).toMatchObject({ id });
  });

  it('are not all deleted by a client that forgot which one', async () => {
    const { answer, call } = await setUp();
    const { id } = await answer({ input: 'a' });
    expect((await call('DELETE', '/')).status).toBe(404);
    expect((await call('DELETE', '?model=assistant')).status).toBe(400);
    expect(await call('DELETE', '', { id })).toMatchObject({
      status: 400,
      body: { error: { param: 'body' } },
    });
    expect((await call('GET', `/${id}`)).status).toBe(200);
  });

  it('can be deleted, one or all', async () => {
    const { answer, call } = await setUp();
    const first = await answer({ input: 'a' });
    await answer({ input: 'b' });
    expect((await call('DELETE', `/${first.id}`)).body).toMatchObject({ id: first.id, deleted: true });
    expect((await call('DELETE', `/${first.id}`)).status).toBe(404);
    expect((await call('DELETE', '')).body).toEqual({ object: 'list', deleted: 1 });
  });

  it('are there for the key that made them and for no other', async () => {
    const keys = ['till', 'other'].map((id) => ({ id, sha256: hashApiKey(`sk-${id}`) }));
    const { create, call } = await setUp({ access: { ...NETWORK, keys } });
    const as = (id: string) => ({ host: '192.168.1.7', authorization: `Bearer sk-${id}` });
    const { id, output } = (await create({ input: 'a' }, as('till'))).body as Answer;
    expect((await call('GET', `/${id}`, undefined, as('till'))).status).toBe(200);
    expect((await call('GET', `/${id}`, undefined, as('other'))).status).toBe(404);
    expect((await call('DELETE', '', undefined, as('other'))).body).toMatchObject({ deleted: 0 });
    expect((await create({ input: 'b', previous_response_id: id }, as('other'))).status).toBe(404);
    const reference = { type: 'item_reference', id: (output[0] as { id: string }).id };
    expect((await create({ input: [reference] }, as('other'))).status).toBe(404);
    expect((await create({ input: [reference] }, as('till'))).status).toBe(200);
  });

  it('that were made without a key are not there for one that is called `local`', async () => {
    const keys = [{ id: 'local', sha256: hashApiKey('sk-local') }];
    const { create, call } = await setUp({ access: { ...LOOPBACK, keys } });
    const local = { host: 'localhost', authorization: 'Bearer sk-local' };
    const { id } = (await create({ input: 'a' })).body as Answer;
    expect((await call('GET', `/${id}`, undefined, local)).status).toBe(404);
    expect((await call('DELETE', '', undefined, local)).body).toMatchObject({ deleted: 0 });
    expect((await call('GET', `/${id}`)).status).toBe(200);
  });
});
