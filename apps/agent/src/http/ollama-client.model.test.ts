import { Ollama, type ChatResponse, type Tool } from 'ollama';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTEXT_TOKENS } from '../../test/small-deployment.ts';
import { starterBox } from '../../test/starter-box.ts';

let box: Awaited<ReturnType<typeof starterBox>>;
let client: Ollama;

beforeAll(async () => {
  box = await starterBox();
  client = new Ollama({ host: box.url });
});
afterAll(() => box.stop());

const ask = (content: string, tokens = 12) => ({
  model: 'assistant',
  messages: [{ role: 'user', content }],
  options: { num_predict: tokens },
});

const LOCK: Tool = {
  type: 'function',
  function: {
    name: 'lock_door',
    description: 'Locks a door.',
    parameters: { type: 'object', properties: { door: { type: 'string' } }, required: ['door'] },
  },
};

describe('the ollama client', () => {
  it('finds the box and its models', async () => {
    expect((await client.version()).version).toMatch(/^\d+\.\d+\.\d+$/);
    const { models } = await client.list();
    expect(models).toMatchObject([{ name: 'assistant:latest', digest: box.digest }]);
    expect(models[0]?.details.quantization_level).toBe('Q8_0');
    expect((await client.ps()).models[0]?.size).toBeGreaterThan(0);
    const shown = await client.show({ model: box.variant });
    expect(shown.capabilities).toContain('completion');
  });

  it('gets a whole answer, with counts and durations', async () => {
    const answer = await client.chat(ask('open the door'));
    expect(answer.message.content).not.toBe('');
    expect([answer.model, answer.done]).toEqual(['assistant', true]);
    expect(answer.eval_count).toBeGreaterThan(0);
    expect(answer.prompt_eval_count).toBeGreaterThan(0);
    expect(answer.total_duration).toBeGreaterThanOrEqual(answer.eval_duration + answer.prompt_eval_duration);
  });

  it('gets the same text in pieces', async () => {
    const whole = await client.chat(ask('close the door'));
    let text = '';
    let last: ChatResponse | undefined;
    for await (const part of await client.chat({ ...ask('close the door'), stream: true })) {
      text += part.message.content;
      last = part;
    }
    expect(text).toBe(whole.message.content);
    expect(last).toMatchObject({ done: true, done_reason: whole.done_reason, eval_count: whole.eval_count });
  });

  it('gets a completion, streamed and whole, through the template and without', async () => {
    const request = { model: 'assistant', prompt: 'count the stock', options: { num_predict: 8 } };
    const whole = await client.generate(request);
    let text = '';
    for await (const part of await client.generate({ ...request, stream: true })) text += part.response ?? '';
    expect(text).toBe(whole.response);
    const raw = await client.generate({ ...request, raw: true });
    expect(raw.prompt_eval_count).toBeLessThan(whole.prompt_eval_count);
  });

  it('gets JSON where it asks for it, by mode and by schema', async () => {
    const format = {
      type: 'object',
      properties: { age: { type: 'integer', minimum: 0, maximum: 99 }, open: { type: 'boolean' } },
      required: ['age', 'open'],
      additionalProperties: false,
    };
    for (const temperature of [0, 1]) {
      const { message } = await client.chat({
        ...ask('how old is it'),
        format,
        options: { num_predict: 64, temperature, seed: 7 },
      });
      expect(JSON.parse(message.content)).toEqual({
        age: expect.any(Number) as number,
        open: expect.any(Boolean) as boolean,
      });
    }
    const any = await client.generate({
      model: 'assistant',
      prompt: 'as JSON',
      format: 'json',
      options: { num_predict: 4, temperature: 0 },
    });
    expect(any.response).toMatch(/^\{/);
  });

  it('gets a call as an object where the model makes one, and goes on with its result', async () => {
    const asked = { ...ask('lock the front door', 60), tools: [LOCK] };
    const { message } = await client.chat(asked);
    for (const call of message.tool_calls ?? []) {
      expect(call.function.name).toBe('lock_door');
      expect(call.function.arguments).toBeTypeOf('object');
    }
    const call = { function: { name: 'lock_door', arguments: { door: 'front' } } };
    const after = await client.chat({
      ...asked,
      messages: [
        ...asked.messages,
        { role: 'assistant', content: '', tool_calls: [call] },
        { role: 'tool', tool_name: 'lock_door', content: 'locked' },
      ],
    });
    expect(after.prompt_eval_count).toBeGreaterThan(0);
  });

  it('gets vectors of length 1, and one that is cut where the text is too long', async () => {
    const { embeddings, prompt_eval_count: count } = await client.embed({
      model: 'assistant',
      input: ['open the door', 'shut'],
    });
    expect(embeddings.map((vector) => Math.hypot(...vector).toFixed(4))).toEqual(['1.0000', '1.0000']);
    expect(count).toBeGreaterThan(1);
    const long = 'open the door and shut it again '.repeat(CONTEXT_TOKENS);
    expect((await client.embed({ model: 'assistant', input: long })).embeddings).toHaveLength(1);
    await expect(client.embed({ model: 'assistant', input: long, truncate: false })).rejects.toMatchObject({
      status_code: 400,
    });
    const old = await client.embeddings({ model: 'assistant', prompt: 'open the door' });
    expect(old.embedding).toEqual(embeddings[0]);
  });

  it('gets log-probabilities', async () => {
    const answer = await client.chat({ ...ask('open', 3), logprobs: true, top_logprobs: 2 });
    expect(answer.logprobs?.length).toBeGreaterThan(0);
    for (const token of answer.logprobs ?? []) {
      expect(token.logprob).toBeLessThanOrEqual(0);
      expect(token.top_logprobs).toHaveLength(2);
    }
  });

  it('stops the generation when it aborts', async () => {
    const finished: string[] = [];
    const off = box.services.events.on('request-finished', ({ outcome }) => finished.push(outcome));
    const stream = await client.chat({
      ...ask('on and on', 400),
      stream: true,
      // Nothing a model could end with: it goes on until it is stopped.
      format: { type: 'array', items: { type: 'integer' }, minItems: 300 },
      options: { num_predict: 400, temperature: 0 },
    });
    await expect(
      (async () => {
        for await (const _part of stream) stream.abort();
      })(),
    ).rejects.toThrow(/abort/i);
    await expect.poll(() => finished).toEqual(['aborted']);
    off();
  });

  it('has the model unloaded, loaded, and kept for a time', async () => {
    const loaded = async () => (await client.ps()).models.map(({ name }) => name);
    const nothing = { model: 'assistant', prompt: '' };
    const at = async (keep_alive: string | number) => {
      await client.chat({ ...ask('hi', 2), keep_alive });
      return new Date((await client.ps()).models[0]?.expires_at ?? 0).getTime() - Date.now();
    };
    expect((await client.generate({ ...nothing, keep_alive: 0 })).done_reason).toBe('unload');
    expect(await loaded()).toEqual([]);
    expect((await client.generate({ ...nothing, keep_alive: '1h' })).done_reason).toBe('load');
    expect(await loaded()).toEqual(['assistant:latest']);
    expect(await at('1h')).toBeLessThanOrEqual(3_600_000);
    expect(await at(-1)).toBeGreaterThan(1e12);
    await client.embed({ model: 'assistant', input: 'open the door', keep_alive: 0 });
    await expect.poll(loaded).toEqual([]);
    expect((await client.chat(ask('hi', 2))).message.content).not.toBe('');
  });

  it('throws what the box says', async () => {
    await expect(client.chat({ ...ask('x'), model: 'llama3' })).rejects.toMatchObject({
      name: 'ResponseError',
      status_code: 404,
      error: expect.stringContaining('it serves: assistant') as string,
    });
    await expect(client.chat({ ...ask('x'), options: { mirostat: 2 } })).rejects.toMatchObject({
      status_code: 400,
      error: expect.stringContaining('options.mirostat') as string,
    });
    await expect(client.chat({ ...ask('x'), think: true })).rejects.toMatchObject({ status_code: 400 });
    await expect(client.chat(ask('word '.repeat(CONTEXT_TOKENS * 4)))).rejects.toMatchObject({
      status_code: 400,
    });
    for (const change of [
      () => client.pull({ model: 'llama3' }),
      () => client.create({ model: 'mine', from: 'assistant' }),
      () => client.copy({ source: 'assistant', destination: 'mine' }),
      () => client.delete({ model: 'assistant' }),
      () => client.push({ model: 'assistant' }),
    ])
      await expect(change()).rejects.toMatchObject({
        status_code: 403,
        error: expect.stringContaining('managed by the fleet') as string,
      });
  });
});
