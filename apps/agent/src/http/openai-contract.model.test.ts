import OpenAI from 'openai';
import { zodFunction, zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { starterBox } from '../../test/starter-box.ts';

let box: Awaited<ReturnType<typeof starterBox>>;
let client: OpenAI;

beforeAll(async () => {
  box = await starterBox();
  client = new OpenAI({ baseURL: `${box.url}/v1`, apiKey: 'unused', maxRetries: 0 });
});
afterAll(() => box.stop());

const model = 'assistant';
const say = (content: string) => [{ role: 'user' as const, content }];

/** Every value of it is short, so that an answer under it always ends by itself. */
const Job = z.object({
  kind: z.enum(['repair', 'visit']),
  hours: z.int().min(0).max(99),
  urgent: z.boolean(),
  day: z.iso.date().nullable(),
  parts: z.array(z.union([z.literal('valve'), z.literal('pump')])).max(2),
});
const Door = z.object({ door: z.int().min(1).max(9), side: z.enum(['left', 'right']) });
const lock = (run: (door: z.infer<typeof Door>) => string = () => 'locked') =>
  zodFunction({ name: 'lock', description: 'Locks a door.', parameters: Door, function: run });

describe('structured output', () => {
  it('parses into the type that Zod describes, at any temperature', async () => {
    for (const temperature of [0, 1, 2]) {
      const answer = await client.chat.completions.parse({
        model,
        messages: say('close job n2201 after 9 hours'),
        temperature,
        seed: 3,
        max_completion_tokens: 200,
        response_format: zodResponseFormat(Job, 'job'),
      });
      const [choice] = answer.choices;
      expect(choice?.finish_reason).toBe('stop');
      expect(Job.parse(choice?.message.parsed)).toEqual(choice?.message.parsed);
    }
  });

  it('comes in pieces through the stream helper', async () => {
    const stream = client.chat.completions.stream({
      model,
      messages: say('log a job'),
      temperature: 1,
      seed: 5,
      max_completion_tokens: 200,
      response_format: zodResponseFormat(Job, 'job'),
    });
    const final = await stream.finalChatCompletion();
    expect(Job.safeParse(final.choices[0]?.message.parsed).success).toBe(true);
  });

  it('says by its path what cannot be held to', async () => {
    const schema = { type: 'object', properties: { tags: { type: 'array', uniqueItems: true } } };
    await expect(
      client.chat.completions.create({
        model,
        messages: say('x'),
        response_format: { type: 'json_schema', json_schema: { name: 'a', schema } },
      }),
    ).rejects.toMatchObject({
      constructor: OpenAI.BadRequestError,
      code: 'unsupported_parameter',
      param: 'response_format.json_schema.schema/properties/tags/uniqueItems',
    });
  });
});

describe('tools', () => {
  it('runs the named function with arguments of its own type', async () => {
    const calls: unknown[] = [];
    const runner = client.chat.completions.runTools({
      model,
      messages: say('lock the left door'),
      max_completion_tokens: 100,
      tools: [lock((door) => (calls.push(door), 'locked'))],
      tool_choice: { type: 'function', function: { name: 'lock' } },
    });
    await runner.done();
    expect(calls).toHaveLength(1);
    expect(Door.safeParse(calls[0]).success).toBe(true);
  });

  it('goes on from its own history, with what `parse` and `stream` left in it', async () => {
    const outcomes: string[] = [];
    for (const stream of [false, true]) {
      const request = {
        model,
        messages: say('lock the left door'),
        max_completion_tokens: 100,
        tools: [lock(() => 'locked')],
        tool_choice: 'required' as const,
        parallel_tool_calls: false,
      };
      const runner = stream
        ? client.chat.completions.runTools({ ...request, stream }, { maxChatCompletions: 2 })
        : client.chat.completions.runTools(request, { maxChatCompletions: 2 });
      await runner.done();
      outcomes.push(...runner.allChatCompletions().map(({ choices }) => choices[0]?.finish_reason ?? ''));
    }
    expect(outcomes).toEqual(Array(4).fill('tool_calls'));
    const first = await client.chat.completions.parse({
      model,
      messages: say('log a job'),
      max_completion_tokens: 200,
      response_format: zodResponseFormat(Job, 'job'),
    });
    const [said] = first.choices.map(({ message }) => message);
    if (said === undefined) throw new TypeError('There is no answer.');
    const second = await client.chat.completions.create({
      model,
      messages: [...say('log a job'), said, ...say('and now?')],
      max_completion_tokens: 5,
    });
    expect(second.usage?.completion_tokens).toBeGreaterThan(0);
  });

  it('gives nothing but calls where one is required, and one where they are not parallel', async () => {
    const answer = await client.chat.completions.create({
      model,
      messages: say('hello'),
      temperature: 1,
      seed: 1,
      max_completion_tokens: 200,
      tools: [lock()],
      tool_choice: 'required',
      parallel_tool_calls: false,
    });
    expect(answer.choices[0]).toMatchObject({ message: { content: null }, finish_reason: 'tool_calls' });
    expect(answer.choices[0]?.message.tool_calls).toHaveLength(1);
  });

  it('streams the arguments of a call as they are written', async () => {
    const request = {
      model,
      messages: say('lock door 4'),
      max_completion_tokens: 100,
      tools: [lock()],
      tool_choice: { type: 'function' as const, function: { name: 'lock' } },
    };
    const stream = client.chat.completions.stream(request);
    const deltas: string[] = [];
    stream.on('tool_calls.function.arguments.delta', (event) => deltas.push(event.arguments_delta));
    const final = await stream.finalChatCompletion();
    const [call] = final.choices[0]?.message.tool_calls ?? [];
    if (call?.type !== 'function') throw new TypeError('There is no call of a function.');
    expect(call.function.name).toBe('lock');
    expect(Door.safeParse(JSON.parse(call.function.arguments)).success).toBe(true);
    expect(deltas.join('')).toBe(call.function.arguments);
    const whole = await client.chat.completions.create(request);
    expect(whole.choices[0]?.message.tool_calls).toMatchObject([
      { function: { name: 'lock', arguments: call.function.arguments } },
    ]);
  });

  it('shows arguments before the call is whole: who leaves at the first piece ends the generation', async () => {
    const finished: string[] = [];
    const off = box.services.events.on('request-finished', ({ outcome }) => finished.push(outcome));
    const count = { type: 'array', items: { type: 'integer' }, minItems: 300 };
    const stream = client.chat.completions.stream({
      model,
      messages: say('count'),
      max_completion_tokens: 400,
      tools: [{ type: 'function', function: { name: 'tell', parameters: { properties: { count } } } }],
      tool_choice: 'required',
    });
    stream.on('tool_calls.function.arguments.delta', () => stream.abort());
    await expect(stream.done()).rejects.toThrow(/abort/i);
    await expect.poll(() => finished).toEqual(['aborted']);
    off();
  });

  it('lets the model choose between the JSON and a call where both are offered', async () => {
    const answer = await client.chat.completions.create({
      model,
      messages: say('log a job'),
      temperature: 1,
      seed: 2,
      max_completion_tokens: 300,
      tools: [lock()],
      response_format: zodResponseFormat(Job, 'job'),
    });
    const [choice] = answer.choices;
    if (choice?.finish_reason === 'tool_calls') expect(choice.message.tool_calls?.[0]?.type).toBe('function');
    else expect(Job.safeParse(JSON.parse(choice?.message.content ?? '')).success).toBe(true);
  });
});

describe('how tokens are chosen', () => {
  const ask = (changes: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> = {}) =>
    client.chat.completions.create({
      model,
      messages: say('hi, how can you help me'),
      max_completion_tokens: 12,
      temperature: 0,
      ...changes,
    });

  it('shows the model’s own log-probabilities, the same at every temperature', async () => {
    const first = async (temperature: number) => {
      const answer = await ask({ logprobs: true, top_logprobs: 3, temperature, seed: 9 });
      return answer.choices[0]?.logprobs?.content?.[0];
    };
    const [cold, warm, hot] = [await first(0), await first(1), await first(2)];
    expect(cold?.top_logprobs[0]?.token).toBe(cold?.token);
    for (const entry of [warm, hot]) {
      expect(entry?.top_logprobs.map(({ token }) => token)).toEqual(
        cold?.top_logprobs.map(({ token }) => token),
      );
      for (const [place, { logprob }] of (entry?.top_logprobs ?? []).entries())
        expect(logprob).toBeCloseTo(cold?.top_logprobs[place]?.logprob ?? Number.NaN, 4);
    }
  });

  it('has a log-probability for every token of the text, streamed or not', async () => {
    const whole = await ask({ logprobs: true });
    const tokens = whole.choices[0]?.logprobs?.content ?? [];
    const text = Buffer.from(tokens.flatMap(({ bytes }) => bytes ?? [])).toString();
    expect(text.trim()).toBe((whole.choices[0]?.message.content ?? '').trim());
    const stream = await client.chat.completions.create({
      model,
      messages: say('hi, how can you help me'),
      max_completion_tokens: 12,
      temperature: 0,
      logprobs: true,
      stream: true,
    });
    const streamed: string[] = [];
    for await (const chunk of stream)
      streamed.push(...(chunk.choices[0]?.logprobs?.content ?? []).map(({ token }) => token));
    expect(streamed).toEqual(tokens.map(({ token }) => token));
  });

  it('gives several choices, and the same ones for the same seed', async () => {
    const texts = async (): Promise<unknown[]> => {
      const answer = await ask({ n: 2, temperature: 1, seed: 4 });
      expect(answer.usage?.completion_tokens).toBeGreaterThan(0);
      return answer.choices.map(({ index, message }) => [index, message.content]);
    };
    const first = await texts();
    expect(first.map((entry) => (entry as unknown[])[0])).toEqual([0, 1]);
    expect(await texts()).toEqual(first);
  });

  it('never says a token that is banned', async () => {
    const { content } = (await ask()).choices[0]?.message ?? {};
    const response = await fetch(`${box.url}/tokenize`, {
      method: 'POST',
      body: JSON.stringify({ content, parse_special: false }),
    });
    const { tokens } = (await response.json()) as { tokens: number[] };
    const banned = await ask({ logit_bias: { [String(tokens[0])]: -100 } });
    expect(banned.choices[0]?.message.content).not.toBe(content);
  });

  it('stops before a stop string', async () => {
    const whole = (await ask()).choices[0]?.message.content ?? '';
    const stop = whole.slice(3, 6);
    const cut = await ask({ stop });
    expect(cut.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: whole.slice(0, whole.indexOf(stop)) },
    });
  });
});

describe('what a user writes', () => {
  it('never becomes a control token', async () => {
    const tokensOf = async (content: string): Promise<number> =>
      (await client.chat.completions.create({ model, messages: say(content), max_completion_tokens: 1 }))
        .usage?.prompt_tokens ?? 0;
    expect(await tokensOf('a<|im_end|>a')).toBeGreaterThan((await tokensOf('aa')) + 3);
  });
});

describe('completions', () => {
  it('continues text, and tokens as they are', async () => {
    const prompt = 'the door';
    const response = await fetch(`${box.url}/tokenize`, {
      method: 'POST',
      body: JSON.stringify({ content: prompt }),
    });
    const { tokens } = (await response.json()) as { tokens: number[] };
    const twice = await client.completions.create({ model, prompt: [tokens, tokens], temperature: 0 });
    expect(twice.choices[0]?.text).toBe(twice.choices[1]?.text);
    expect(twice.usage?.prompt_tokens).toBe(2 * tokens.length);
    const echoed = await client.completions.create({ model, prompt, echo: true, temperature: 0 });
    expect(echoed.choices[0]?.text).toMatch(/^the door./);
    const alone = await client.completions.create({ model, prompt, echo: true, max_tokens: 0 });
    expect(alone.choices[0]?.text).toBe(prompt);
    expect(alone.usage?.completion_tokens).toBe(0);
  });

  it('show the token that was taken, among the likeliest or beside them', async () => {
    const { choices } = await client.completions.create({
      model,
      prompt: 'the door',
      logprobs: 1,
      temperature: 2,
      seed: 5,
      max_tokens: 16,
    });
    const { tokens = [], top_logprobs: top = [] } = choices[0]?.logprobs ?? {};
    for (const [place, token] of tokens.entries()) expect(Object.keys(top?.[place] ?? {})).toContain(token);
    expect(Math.max(...(top ?? []).map((entry) => Object.keys(entry).length))).toBe(2);
  });
});

describe('embeddings', () => {
  it('come as floats or as base64, with length 1', async () => {
    const input = ['lock the door', 'count the stock'];
    const coded = await client.embeddings.create({ model, input });
    const floats = await client.embeddings.create({ model, input, encoding_format: 'float' });
    for (const [place, { embedding }] of coded.data.entries()) {
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 3);
      for (const [index, value] of embedding.entries())
        expect(value).toBeCloseTo(floats.data[place]?.embedding[index] ?? Number.NaN, 5);
    }
  });
});

describe('responses', () => {
  it('go on from one another, can be read and are gone when deleted', async () => {
    const first = await client.responses.create({ model, input: 'hi', max_output_tokens: 12 });
    expect(first.output_text).not.toBe('');
    const second = await client.responses.create({
      model,
      input: 'and now?',
      previous_response_id: first.id,
      max_output_tokens: 12,
    });
    expect(second.usage?.input_tokens).toBeGreaterThan(first.usage?.input_tokens ?? 0);
    const include = ['reasoning.encrypted_content' as const];
    expect((await client.responses.retrieve(second.id, { include })).output_text).toBe(second.output_text);
    await expect(
      client.responses.retrieve(second.id, { include: ['file_search_call.results'] }),
    ).rejects.toMatchObject({ param: 'include' });
    const items = await client.responses.inputItems.list(second.id);
    expect(items.data).toHaveLength(1);
    await client.responses.delete(first.id);
    await expect(client.responses.retrieve(first.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('go on from items as the client’s `parse` leaves them, and from references to them', async () => {
    const first = await client.responses.parse({
      model,
      input: 'lock door 4',
      max_output_tokens: 100,
      tools: [{ type: 'function', name: 'lock', parameters: z.toJSONSchema(Door), strict: true }],
      tool_choice: { type: 'function', name: 'lock' },
    });
    const [call] = first.output;
    if (call?.type !== 'function_call') throw new TypeError('There is no call.');
    const output = { type: 'function_call_output' as const, call_id: call.call_id, output: 'locked' };
    const go = async (item: OpenAI.Responses.ResponseInputItem) =>
      client.responses.create({
        model,
        input: [{ role: 'user', content: 'lock door 4' }, item, output],
        max_output_tokens: 8,
      });
    const copied = await go(call);
    const referred = await go({ type: 'item_reference', id: call.id ?? '' });
    expect(referred.output_text).toBe(copied.output_text);
    const said = await client.responses.parse({ model, input: 'hi', max_output_tokens: 8 });
    const messages = said.output.filter((item) => item.type === 'message');
    const again = [...messages, { role: 'user' as const, content: 'and now?' }];
    expect(
      (await client.responses.create({ model, input: again, max_output_tokens: 8 })).output,
    ).toHaveLength(1);
  });

  it('stream into the same response through the helper, with its schema kept to', async () => {
    const stream = client.responses.stream({
      model,
      input: 'log a job',
      temperature: 1,
      max_output_tokens: 200,
      text: { format: zodTextFormat(Job, 'job') },
    });
    const types = new Set<string>();
    stream.on('event', ({ type }) => types.add(type));
    const final = await stream.finalResponse();
    expect(Job.safeParse(final.output_parsed).success).toBe(true);
    expect([...types]).toEqual(
      expect.arrayContaining(['response.created', 'response.output_text.delta', 'response.completed']),
    );
  });

  it('call functions', async () => {
    const answer = await client.responses.create({
      model,
      input: 'lock door 4',
      max_output_tokens: 100,
      tools: [{ type: 'function', name: 'lock', parameters: z.toJSONSchema(Door), strict: true }],
      tool_choice: { type: 'function', name: 'lock' },
    });
    const [call] = answer.output;
    expect(answer.usage?.output_tokens_details.reasoning_tokens).toBe(0);
    expect(call?.type === 'function_call' && Door.safeParse(JSON.parse(call.arguments)).success).toBe(true);
  });
});
