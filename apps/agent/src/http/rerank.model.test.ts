import { writeSynthModel } from '@flotilla/foundry';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServedBox } from '../../test/serve-box.ts';
import { synthBox } from '../../test/synth-box.ts';

let box: ServedBox;
let client: OpenAI;

beforeAll(async () => {
  box = await synthBox({
    variant: 'tiny-reranker-f16',
    write: (path) => writeSynthModel({ shape: 'tiny-reranker', quant: 'f16', path }),
  });
  client = new OpenAI({ baseURL: `${box.url}/v1`, apiKey: 'unused', maxRetries: 0 });
});
afterAll(() => box.stop());

interface Ranked {
  model: string;
  usage: { total_tokens: number };
  results: { index: number; relevance_score: number; document?: { text: string } }[];
}

/** The openai client has no verb for it, and sends to any path. */
const rank = (body: object): Promise<Ranked> =>
  client.post<Ranked>('/rerank', { body: { model: 'assistant', query: 'a red door', ...body } });

const documents = ['the wall is white', { text: 'a door, red' }, 'the wall is white', 'no'];
const textOf = (document: (typeof documents)[number] | undefined): string | undefined =>
  typeof document === 'string' ? document : document?.text;

describe('a reranker', () => {
  it('gives every document once, best first, with scores between 0 and 1', async () => {
    const { model, usage, results } = await rank({ documents });
    expect(model).toBe('assistant');
    expect(usage.total_tokens).toBeGreaterThan(20);
    const scores = results.map(({ relevance_score: score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(scores.every((score) => score > 0 && score < 1)).toBe(true);
    expect(results.map(({ index }) => index).toSorted()).toEqual([0, 1, 2, 3]);
    for (const { index, document } of results) expect(document?.text).toBe(textOf(documents[index]));
  });

  it('scores the same text the same, whatever stands beside it, and the earlier one goes first', async () => {
    const { results } = await rank({ documents });
    const placeOf = (index: number) => results.findIndex((result) => result.index === index);
    expect(results[placeOf(0)]?.relevance_score).toBe(results[placeOf(2)]?.relevance_score);
    expect(placeOf(2)).toBe(placeOf(0) + 1);
    const alone = await rank({ documents: ['a door, red'] });
    expect(alone.results[0]?.relevance_score).toBe(results[placeOf(1)]?.relevance_score);
  });

  it('gives the best of them, without their text where it is not wanted', async () => {
    const all = await rank({ documents });
    const { results } = await rank({ documents, top_n: 2, return_documents: false });
    expect(results).toEqual(
      all.results.slice(0, 2).map(({ index, relevance_score }) => ({ index, relevance_score })),
    );
  });

  it('says which document is over the context, and that it writes and embeds nothing', async () => {
    await expect(rank({ documents: ['fine', 'word '.repeat(600)] })).rejects.toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
      param: 'documents',
    });
    expect(await client.models.retrieve('assistant')).toMatchObject({
      flotilla: { abilities: { rerank: true } },
    });
    const refused = { status: 400, param: 'model' };
    await expect(client.embeddings.create({ model: 'assistant', input: 'x' })).rejects.toMatchObject(refused);
    await expect(
      client.chat.completions.create({ model: 'assistant', messages: [{ role: 'user', content: 'x' }] }),
    ).rejects.toMatchObject(refused);
  });
});
