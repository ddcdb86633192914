import { describe, expect, it } from 'vitest';
import { parseChat, parseGenerate, type ParsedOllamaCall } from './request.ts';

const chat = (changes: object = {}): ParsedOllamaCall =>
  parseChat({ model: 'assistant', messages: [{ role: 'user', content: 'Hi' }], ...changes });
const generate = (changes: object = {}): ParsedOllamaCall =>
  parseGenerate({ model: 'assistant', prompt: 'Hi', ...changes });

function callOf(parsed: ParsedOllamaCall) {
  if (!parsed.ok) throw parsed.error;
  return parsed.call;
}

function refusalOf(parsed: ParsedOllamaCall) {
  if (parsed.ok) throw new TypeError('expected a refusal');
  return { code: parsed.error.code, field: parsed.error.details.field };
}

const TOOLS = [
  { type: 'function', function: { name: 'lock', parameters: { type: 'object', properties: {} } } },
];

describe('POST /api/chat', () => {
  it('streams unless it is told not to', () => {
    expect([callOf(chat()).stream, callOf(chat({ stream: false })).stream]).toEqual([true, false]);
  });

  it('takes the service under its own name and with the default tag', () => {
    expect([callOf(chat()).model, callOf(chat({ model: 'assistant:latest' })).model]).toEqual([
      'assistant',
      'assistant',
    ]);
    expect(callOf(chat({ model: 'harbor:1m' })).model).toBe('harbor:1m');
  });

  it('reads every option that says how tokens are chosen', () => {
    const options = {
      temperature: 0.5,
      top_p: 0.9,
      top_k: 20,
      min_p: 0.1,
      seed: 7,
      num_predict: 30,
      stop: ['\n', 'user:'],
      frequency_penalty: 1,
      presence_penalty: 1.5,
      num_ctx: 1_024,
    };
    const call = callOf(chat({ options }));
    expect(call.contextTokens).toBe(1_024);
    expect(call.generation).toMatchObject({
      maxTokens: 30,
      stop: ['\n', 'user:'],
      sampling: {
        temperature: 0.5,
        topP: 0.9,
        topK: 20,
        minP: 0.1,
        seed: 7,
        frequencyPenalty: 1,
        presencePenalty: 1.5,
      },
    });
    const repeats = callOf(chat({ options: { repeat_penalty: 1.2, repeat_last_n: 33 } }));
    expect(repeats.generation?.sampling).toMatchObject({ repeatPenalty: 1.2, repeatLastN: 33 });
  });

  it.each([
    [-1, 2_147_483_647],
    [-2, 2_147_483_647],
    [undefined, undefined],
  ])('reads num_predict %j as %j tokens', (asked, tokens) => {
    expect(callOf(chat({ options: { num_predict: asked } })).generation?.maxTokens).toBe(tokens);
  });

  it('reads num_predict outside the options too, which go before it', () => {
    expect(callOf(chat({ num_predict: 7 })).generation?.maxTokens).toBe(7);
    expect(callOf(generate({ num_predict: 7 })).generation?.maxTokens).toBe(7);
    expect(callOf(chat({ num_predict: 7, options: { num_predict: 5 } })).generation?.maxTokens).toBe(5);
  });

  it('lets through what only says how a model is loaded, and refused options at the value they have anyway', () => {
    const options = { num_thread: 8, num_gpu: 99, use_mmap: true, mirostat: 0, typical_p: 1, tfs_z: null };
    expect(chat({ options }).ok).toBe(true);
  });

  it.each([
    [{ options: { mirostat: 1 } }, 'options.mirostat'],
    [{ options: { typical_p: 0.7 } }, 'options.typical_p'],
    [{ options: { warmth: 3 } }, 'options.warmth'],
    [{ options: { temperature: 'hot' } }, 'options.temperature'],
    [{ options: { num_predict: 0 } }, 'options.num_predict'],
    [{ num_predict: 0 }, 'num_predict'],
    [{ options: { stop: [''] } }, 'options.stop[0]'],
    [{ options: 5 }, 'options'],
    [{ truncate: true }, 'truncate'],
    [{ shift: true }, 'shift'],
    [{ web_search: true }, 'web_search'],
    [{ format: 'yaml' }, 'format'],
    [{ keep_alive: 'soon' }, 'keep_alive'],
    [{ think: 'hard' }, 'think'],
    [{ top_logprobs: 3 }, 'top_logprobs'],
    [{ logprobs: true, tools: TOOLS }, 'logprobs'],
    [{ tools: [{ type: 'function', function: { name: 'no spaces' } }] }, 'tools[0].function.name'],
    [{ tools: [...TOOLS, ...TOOLS] }, 'tools'],
    [{ messages: [{ role: 'critic', content: '' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'user', content: '', images: ['aGk='] }] }, 'messages[0].images'],
    [{ messages: [{ role: 'user', content: 'a\ud800' }] }, 'messages[0].content'],
    [
      {
        messages: [
          { role: 'assistant', tool_calls: [{ function: { name: 'lock', arguments: { a: '\ud800' } } }] },
        ],
      },
      'messages[0].tool_calls[0].function.arguments',
    ],
    [{ format: { description: '\ud800' } }, 'format'],
    [{ model: '' }, 'model'],
  ])('refuses %j by the name of the field', (changes, field) => {
    expect(refusalOf(chat(changes)).field).toBe(field);
  });

  it.each([
    [{ repeat_penalty: 1.1, presence_penalty: 0.5 }, 'options.repeat_penalty'],
    [{ repeat_penalty: 1.1, frequency_penalty: -1 }, 'options.repeat_penalty'],
    [{ num_thread: 'zzz' }, 'options.num_thread'],
    [{ num_gpu: 1.5 }, 'options.num_gpu'],
    [{ use_mmap: 1 }, 'options.use_mmap'],
  ])('refuses the options %j by the name of one', (options, field) => {
    expect(refusalOf(chat({ options })).field).toBe(field);
    expect(refusalOf(generate({ options })).field).toBe(field);
  });

  it('lets options through that change nothing, and a penalty that is off beside another', () => {
    for (const options of [
      { num_keep: 4, num_gpu: -1, main_gpu: 0, num_batch: 512, use_mmap: true, numa: false, low_vram: null },
      { repeat_penalty: 1.1, presence_penalty: 0, frequency_penalty: 0 },
      { repeat_penalty: 1, presence_penalty: 0.5 },
      { repeat_penalty: 1.1, repeat_last_n: 0, presence_penalty: 0.5 },
    ])
      expect(chat({ options }).ok).toBe(true);
  });

  it('holds the answer to JSON or to a schema', () => {
    expect(callOf(chat({ format: 'json' })).form.text).toEqual({ kind: 'json-object' });
    expect(callOf(chat({ format: '' })).form.text).toEqual({ kind: 'free' });
    const format = { type: 'object', properties: { age: { type: 'integer' } } };
    expect(callOf(chat({ format })).form.text).toEqual({
      kind: 'json-schema',
      schema: format,
      field: 'format',
    });
  });

  it('offers the functions, and leaves it to the model whether to call one', () => {
    const call = callOf(chat({ tools: TOOLS }));
    expect(call.generation?.tools).toEqual([{ name: 'lock', parameters: TOOLS[0]?.function.parameters }]);
    expect(call.form.calls).toMatchObject({ required: false, single: false });
  });

  it('holds a strict function to its parameters', () => {
    const strict = [{ type: 'function', function: { ...TOOLS[0]?.function, strict: true } }];
    expect(callOf(chat({ tools: strict })).form.calls?.functions).toMatchObject([
      { name: 'lock', strict: true },
    ]);
  });

  it('has nothing to generate without messages', () => {
    expect(callOf(chat({ messages: [] })).generation).toBeUndefined();
    expect(callOf(parseChat({ model: 'assistant', keep_alive: 0 })).generation).toBeUndefined();
  });

  it('asks for log-probabilities', () => {
    expect(callOf(chat({ logprobs: true, top_logprobs: 3 })).generation?.logprobs).toEqual({ top: 3 });
    expect(callOf(chat({ logprobs: true })).generation?.logprobs).toEqual({ top: 0 });
  });

  it('refuses a body that is no object', () => {
    for (const body of [null, [], 'x', 3]) expect(refusalOf(parseChat(body)).field).toBe('body');
  });
});

describe('POST /api/generate', () => {
  it('makes a conversation of the prompt and the system message', () => {
    expect(callOf(generate({ system: 'Be brief.' })).generation?.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ]);
  });

  it('continues a raw prompt without a template', () => {
    expect(callOf(generate({ raw: true })).generation).toMatchObject({ messages: [], prompt: 'Hi' });
  });

  it('has nothing to generate without a prompt', () => {
    expect(callOf(parseGenerate({ model: 'assistant' })).generation).toBeUndefined();
  });

  it.each([
    [{ suffix: 'end' }, 'suffix'],
    [{ template: '{{ .Prompt }}' }, 'template'],
    [{ context: [1, 2] }, 'context'],
    [{ images: ['aGk='] }, 'images'],
    [{ raw: true, system: 'x' }, 'raw'],
    [{ raw: true, think: true }, 'raw'],
    [{ messages: [] }, 'messages'],
  ])('refuses %j by the name of the field', (changes, field) => {
    expect(refusalOf(generate(changes)).field).toBe(field);
  });

  it('lets through the empty values that clients send along', () => {
    expect(generate({ suffix: '', template: '', context: [], images: [], system: '' }).ok).toBe(true);
  });
});
