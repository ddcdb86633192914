import { writeSynthModel } from '@flotilla/foundry';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServedBox } from '../../test/serve-box.ts';
import { CONTEXT_TOKENS } from '../../test/small-deployment.ts';
import { synthBox } from '../../test/synth-box.ts';

let box: ServedBox;
let client: OpenAI;

beforeAll(async () => {
  box = await synthBox({
    variant: 'tiny-f16',
    write: (path) => writeSynthModel({ shape: 'tiny', quant: 'f16', path }),
    queueLimit: 2,
  });
  client = new OpenAI({ baseURL: `${box.url}/v1`, apiKey: 'unused', maxRetries: 0 });
});
afterAll(() => box.stop());

const ask = (content: string, maxTokens = 12) => ({
  model: 'assistant',
  messages: [{ role: 'user' as const, content }],
  max_completion_tokens: maxTokens,
});

describe('the openai client', () => {
  it('lists and reads models', async () => {
    const models = await client.models.list();
    expect(models.data.map((model) => model.id)).toEqual(['assistant']);
    expect((await client.models.retrieve('assistant')).owned_by).toBe('flotilla');
  });

  it('gets a whole answer', async () => {
    const answer = await client.chat.completions.create(ask('open the door'));
    expect(answer.choices[0]?.finish_reason).toBe('length');
    expect(answer.choices[0]?.message.content).not.toBe('');
    expect(answer.usage?.completion_tokens).toBe(12);
    expect([answer.model, answer.system_fingerprint]).toEqual(['assistant', 'ab12']);
  });

  it('gets the same text in pieces, with the usage at the end', async () => {
    const whole = await client.chat.completions.create(ask('close the door'));
    const stream = await client.chat.completions.create({
      ...ask('close the door'),
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let usage: OpenAI.CompletionUsage | null | undefined;
    let finish: string | null | undefined;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      finish ??= chunk.choices[0]?.finish_reason;
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(finish).toBe('length');
    expect(usage).toMatchObject({ prompt_tokens: whole.usage?.prompt_tokens, completion_tokens: 12 });
    expect(usage?.prompt_tokens_details?.cached_tokens).toBe((usage?.prompt_tokens ?? 0) - 1);
  });

  it('puts a stream together with its own helper', async () => {
    const final = await client.chat.completions.stream(ask('count the stock')).finalChatCompletion();
    expect(final.choices[0]?.message.content).toBe(
      (await client.chat.completions.create(ask('count the stock'))).choices[0]?.message.content,
    );
  });

  it('throws its typed errors', async () => {
    await expect(client.chat.completions.create({ ...ask('x'), model: 'gpt-5' })).rejects.toMatchObject({
      constructor: OpenAI.NotFoundError,
      code: 'model_not_found',
      param: 'model',
    });
    await expect(client.chat.completions.create({ ...ask('x'), service_tier: 'flex' })).rejects.toMatchObject(
      {
        constructor: OpenAI.BadRequestError,
        code: 'unsupported_parameter',
        param: 'service_tier',
      },
    );
    await expect(client.chat.completions.create(ask('word '.repeat(600)))).rejects.toMatchObject({
      constructor: OpenAI.BadRequestError,
      code: 'context_length_exceeded',
      error: { context_tokens: CONTEXT_TOKENS },
    });
  });

  it('sees its rate limit error with a time to come back when the queue is full, and its own retries then get through', async () => {
    const patient = new OpenAI({ baseURL: `${box.url}/v1`, apiKey: 'unused', maxRetries: 5 });
    const answers = await Promise.allSettled(
      Array.from({ length: 6 }, (_, index) => client.chat.completions.create(ask(`n${index}`, 200))),
    );
    const refused = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason as unknown] : [],
    );
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) {
      expect(error).toBeInstanceOf(OpenAI.RateLimitError);
      expect(
        Number((error as InstanceType<typeof OpenAI.RateLimitError>).headers.get('retry-after')),
      ).toBeGreaterThan(0);
    }
    const patiently = await Promise.all(
      Array.from({ length: 6 }, (_, index) => patient.chat.completions.create(ask(`p${index}`, 20))),
    );
    expect(patiently.map((answer) => answer.usage?.completion_tokens)).toEqual(Array(6).fill(20));
  });

  it('stops the generation when it aborts, streaming or not', async () => {
    const finished: string[] = [];
    const off = box.services.events.on('request-finished', ({ outcome }) => finished.push(outcome));
    const stream = await client.chat.completions.create({ ...ask('on and on', 400), stream: true });
    for await (const _chunk of stream) {
      stream.controller.abort();
      break;
    }
    await expect.poll(() => finished).toEqual(['aborted']);
    const cancel = new AbortController();
    const whole = client.chat.completions.create(ask('on and on', 400), { signal: cancel.signal });
    await expect.poll(() => box.services.served()[0]?.running).toBe(1);
    cancel.abort();
    await expect(whole).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    await expect.poll(() => finished).toEqual(['aborted', 'aborted']);
    off();
  });
});
