import { describe, expect, it } from 'vitest';
import { fakeBox, type FakeBoxOptions } from '../../test/fake-box.ts';

async function ask(path: string, body: object, options: FakeBoxOptions = {}) {
  const { app } = await fakeBox(options);
  const response = await app.request(path, { method: 'POST', body: JSON.stringify(body) });
  const text = await response.text();
  return {
    status: response.status,
    text,
    body: text.startsWith('{') ? (JSON.parse(text) as unknown) : undefined,
  };
}
const chunksOf = (text: string): unknown[] =>
  text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => (event === 'data: [DONE]' ? 'done' : (JSON.parse(event.slice(6)) as unknown)));

const messages = [{ role: 'user', content: 'one two' }];
const tools = [{ type: 'function', function: { name: 'lock', parameters: { type: 'object' } } }];

describe('POST /v1/chat/completions', () => {
  const chat = (body: object, options?: FakeBoxOptions) =>
    ask('/v1/chat/completions', { model: 'assistant', messages, ...body }, options);

  it('gives as many choices as were asked for, the prompt counted once', async () => {
    expect((await chat({ n: 2 })).body).toMatchObject({
      choices: [
        { index: 0, message: { content: 'one two' } },
        { index: 1, message: { content: 'one two' } },
      ],
      usage: { prompt_tokens: 2, completion_tokens: 4, total_tokens: 6 },
    });
  });

  it('streams several choices, each with its index, and one usage', async () => {
    const { text } = await chat({ n: 2, stream: true, stream_options: { include_usage: true } });
    const chunks = chunksOf(text) as { choices: { index: number; delta: { content?: string } }[] }[];
    expect(chunks.at(-1)).toBe('done');
    expect(chunks.at(-2)).toMatchObject({ choices: [], usage: { completion_tokens: 4 } });
    for (const index of [0, 1])
      expect(
        chunks
          .flatMap((chunk) => chunk.choices ?? [])
          .filter((choice) => choice.index === index)
          .map((choice) => choice.delta.content ?? '')
          .join(''),
      ).toBe('one two');
  });

  it('gives each choice a seed of its own', async () => {
    const seeds: unknown[] = [];
    await chat(
      { n: 3, seed: 7 },
      { answer: ({ sampling }) => (seeds.push(sampling.seed), ['x']), sequences: 4 },
    );
    expect(seeds.toSorted()).toEqual([7, 8, 9]);
  });

  it('gives each choice one of its own beside the largest too', async () => {
    const seeds: number[] = [];
    const answer: FakeBoxOptions['answer'] = ({ sampling }) => (seeds.push(sampling.seed ?? 0), ['x']);
    await chat({ n: 3, seed: Number.MAX_SAFE_INTEGER }, { answer, sequences: 4 });
    expect([new Set(seeds).size, seeds.every(Number.isSafeInteger)]).toEqual([3, true]);
  });

  it('holds the engine to a grammar where an answer must have a form', async () => {
    const grammars: (string | undefined)[] = [];
    const answer: FakeBoxOptions['answer'] = ({ grammar }) => (grammars.push(grammar), ['{}']);
    await chat({ response_format: { type: 'json_object' } }, { answer });
    await chat({ tools, tool_choice: 'required' }, { answer });
    await chat({ tools }, { answer });
    expect(grammars).toEqual([
      expect.stringContaining('root ::= text-root'),
      expect.stringContaining('root ::= calls'),
      undefined,
    ]);
  });

  it('refuses a schema that it cannot hold to by the keyword’s path', async () => {
    const schema = { type: 'object', properties: { a: { type: 'array', uniqueItems: true } } };
    const response_format = { type: 'json_schema', json_schema: { name: 'a', schema } };
    expect(await chat({ response_format })).toMatchObject({
      status: 400,
      body: {
        error: {
          code: 'unsupported_parameter',
          param: 'response_format.json_schema.schema/properties/a/uniqueItems',
        },
      },
    });
  });

  it('finds out what the template can do where the service was never loaded, before it asks it', async () => {
    const seen: unknown[] = [];
    const answer = ({ templateOptions }: { templateOptions?: unknown }) => (
      seen.push(templateOptions),
      ['{}']
    );
    const info = { supportsThinking: true, thinkingSwitch: 'enable_thinking' };
    await chat({ response_format: { type: 'json_object' } }, { answer, info, asleep: true });
    expect(seen).toEqual([{ enable_thinking: false }]);
    const refused = await chat({ reasoning_effort: 'low' }, { answer, info, asleep: true });
    expect(refused).toMatchObject({ status: 400, body: { error: { param: 'reasoning_effort' } } });
  });

  it('splits thinking from the answer, streamed and not', async () => {
    const options: FakeBoxOptions = {
      info: { supportsThinking: true, thinkingTags: { open: '<think>', close: '</think>' } },
      answer: () => ['<think>', '\nHm', '.</th', 'ink>\n', 'Yes', '.'],
    };
    expect((await chat({}, options)).body).toMatchObject({
      choices: [{ message: { content: 'Yes.', reasoning_content: 'Hm.' } }],
      usage: { completion_tokens_details: { reasoning_tokens: 4 } },
    });
    const deltas = (
      chunksOf((await chat({ stream: true }, options)).text) as { choices?: { delta: object }[] }[]
    ).flatMap((chunk) => chunk.choices?.map(({ delta }) => delta) ?? []);
    expect(deltas).toContainEqual({ reasoning_content: 'Hm' });
    expect(deltas).toContainEqual({ content: 'Yes' });
  });

  it('passes the template’s options on, and refuses what the template cannot', async () => {
    const seen: unknown[] = [];
    const answer: FakeBoxOptions['answer'] = ({ templateOptions }) => (seen.push(templateOptions), ['x']);
    const info = { supportsThinking: true, supportsReasoningEffort: true };
    await chat({ reasoning_effort: 'low', chat_template_kwargs: { a: 1 } }, { answer, info });
    expect(seen).toEqual([{ a: 1, reasoning_effort: 'low' }]);
    expect(
      await chat({ reasoning_effort: 'low' }, { info: { supportsReasoningEffort: false } }),
    ).toMatchObject({
      status: 400,
      body: { error: { param: 'reasoning_effort' } },
    });
  });

  it('gives log-probabilities with the text, streamed and not', async () => {
    const { body } = await chat({ logprobs: true, top_logprobs: 2 });
    expect(body).toMatchObject({
      choices: [
        {
          logprobs: {
            content: [
              { token: 'one', bytes: [111, 110, 101], top_logprobs: [{}, {}] },
              { token: ' two', top_logprobs: [{}, {}] },
            ],
          },
        },
      ],
    });
    expect(chunksOf((await chat({ logprobs: true, stream: true })).text)[1]).toMatchObject({
      choices: [{ delta: { content: 'one' }, logprobs: { content: [{ token: 'one' }] } }],
    });
  });

  it('refuses a deadline that is none', async () => {
    const { app } = await fakeBox();
    const response = await app.request('/v1/chat/completions', {
      method: 'POST',
      headers: { 'x-flotilla-deadline-ms': 'soon' },
      body: JSON.stringify({ model: 'assistant', messages }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: 'x-flotilla-deadline-ms' } });
  });
});

describe('POST /v1/completions', () => {
  const complete = (body: object) => ask('/v1/completions', { model: 'assistant', ...body });

  it('continues each prompt as often as was asked for, and counts each prompt once', async () => {
    const { body } = await complete({ prompt: ['one', 'two three'], n: 2 });
    expect(body).toMatchObject({
      object: 'text_completion',
      choices: ['one', 'one', 'two three', 'two three'].map((text, index) => ({ index, text })),
      usage: { prompt_tokens: 3, completion_tokens: 6 },
    });
  });

  it('echoes text and tokens before the answer', async () => {
    expect((await complete({ prompt: 'ab', echo: true })).body).toMatchObject({
      choices: [{ text: 'abab' }],
    });
    expect((await complete({ prompt: [104, 105], echo: true })).body).toMatchObject({
      choices: [{ text: 'hihi' }],
    });
  });

  it('streams pieces, the finish, the usage and the end mark', async () => {
    const { text } = await complete({ prompt: 'a b', stream: true, stream_options: { include_usage: true } });
    expect(chunksOf(text)).toMatchObject([
      { choices: [{ text: 'a', finish_reason: null }], usage: null },
      { choices: [{ text: ' b' }] },
      { choices: [{ text: '', finish_reason: 'stop' }] },
      { choices: [], usage: { completion_tokens: 2 } },
      'done',
    ]);
  });

  it('gives log-probabilities in four lists', async () => {
    expect((await complete({ prompt: 'a b', logprobs: 1 })).body).toMatchObject({
      choices: [{ logprobs: { tokens: ['a', ' b'], text_offset: [0, 1] } }],
    });
  });

  it('gives the token that was taken among its alternatives, and by itself where none were asked for', async () => {
    expect((await complete({ prompt: 'a', logprobs: 0 })).body).toMatchObject({
      choices: [{ logprobs: { top_logprobs: [{ a: -0.5 }] } }],
    });
  });

  it.each([false, true])(
    'answers the prompt alone where nothing more was asked for, streamed: %s',
    async (stream) => {
      const body = { prompt: 'a b', echo: true, max_tokens: 0, best_of: 1, stream };
      if (!stream)
        expect((await complete(body)).body).toMatchObject({
          choices: [{ text: 'a b', finish_reason: 'length' }],
          usage: { prompt_tokens: 2, completion_tokens: 0 },
        });
      else
        expect(chunksOf((await complete(body)).text)).toMatchObject([
          { choices: [{ text: 'a b' }] },
          { choices: [{ text: '', finish_reason: 'length' }] },
          'done',
        ]);
    },
  );

  it.each([
    ['suffix', { prompt: 'a', suffix: 'b' }],
    ['best_of', { prompt: 'a', best_of: 2 }],
    ['echo', { prompt: 'a', echo: true, logprobs: 1 }],
    ['n', { prompt: Array(9).fill('a'), n: 8 }],
    ['prompt', { prompt: [] }],
  ])('refuses %s', async (param, body) => {
    expect(await complete(body)).toMatchObject({ status: 400, body: { error: { param } } });
  });
});

describe('POST /v1/embeddings', () => {
  const embed = (body: object) => ask('/v1/embeddings', { model: 'assistant', ...body });

  it('gives a vector for each input, as floats or as base64 of the same', async () => {
    const floats = (await embed({ input: ['a', 'b'] })).body as { data: { embedding: number[] }[] };
    const coded = (await embed({ input: ['a', 'b'], encoding_format: 'base64' })).body as {
      data: { embedding: string }[];
    };
    expect(floats.data).toHaveLength(2);
    const bytes = Buffer.from(coded.data[1]?.embedding ?? '', 'base64');
    const decoded = [...new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)];
    expect(decoded).toEqual((floats.data[1]?.embedding ?? []).map(Math.fround));
  });

  it('reads tokens as it reads the text they are of', async () => {
    const data = async (input: unknown): Promise<unknown> =>
      ((await embed({ input })).body as { data: { embedding: unknown }[] }).data[0]?.embedding;
    expect(await data([97])).toEqual(await data('a'));
    expect(await data([[97]])).toEqual(await data('a'));
  });

  it('takes only the number of dimensions that the model has', async () => {
    const { body } = await embed({ input: 'a' });
    const has = (body as { data: { embedding: number[] }[] }).data[0]?.embedding.length ?? 0;
    expect((await embed({ input: 'a', dimensions: has })).status).toBe(200);
    expect(await embed({ input: 'a', dimensions: 1 })).toMatchObject({
      status: 400,
      body: { error: { param: 'dimensions' } },
    });
  });
});

describe('POST /v1/rerank', () => {
  const body = {
    model: 'assistant',
    query: 'red door',
    documents: ['a cat', { text: 'a red door' }, 'a door'],
  };

  it('sorts documents by their score', async () => {
    expect(
      (await ask('/v1/rerank', { ...body, top_n: 2 }, { info: { isReranker: true } })).body,
    ).toMatchObject({
      object: 'list',
      model: 'assistant',
      results: [{ index: 1, document: { text: 'a red door' } }, { index: 2 }],
    });
  });

  it('says of a model that it is no reranker', async () => {
    expect(await ask('/v1/rerank', body)).toMatchObject({
      status: 400,
      body: { error: { param: 'model', code: 'unsupported_parameter' } },
    });
  });
});

describe('llama-server’s own routes', () => {
  it('tokenizes, and back', async () => {
    expect((await ask('/tokenize', { content: 'hi' })).body).toEqual({ tokens: [104, 105] });
    expect((await ask('/tokenize', { content: 'h', with_pieces: true })).body).toEqual({
      tokens: [{ id: 104, piece: 'h' }],
    });
    expect((await ask('/detokenize', { tokens: [104, 105] })).body).toEqual({ content: 'hi' });
  });

  it('shows the prompt that a conversation becomes', async () => {
    expect((await ask('/apply-template', { messages })).body).toEqual({ prompt: 'user: one two\n' });
  });
});

describe('GET /v1/models', () => {
  it('says whether a model was trained for vectors and whether it ranks', async () => {
    const { app } = await fakeBox({ info: { pooling: 'mean', isReranker: false } });
    expect(await (await app.request('/v1/models/assistant')).json()).toMatchObject({
      flotilla: { abilities: { embeddings: { trained: true, pooling: 'mean' }, rerank: false } },
    });
  });
});
