import { describe, expect, it } from 'vitest';
import { parseCompletionRequest } from './completions-request.ts';

const read = (body: object) => parseCompletionRequest({ model: 'assistant', prompt: 'a', ...body });

describe('parseCompletionRequest', () => {
  it.each([{ best_of: 1 }, { n: 2, best_of: 2 }])('takes %j: every completion is returned', (body) => {
    expect(read(body).ok).toBe(true);
  });

  it.each([{ best_of: 2 }, { n: 2, best_of: 1 }, { n: 2, best_of: 3 }])('refuses %j', (body) => {
    expect(read(body)).toMatchObject({
      ok: false,
      error: { code: 'unsupported-parameter', details: { field: 'best_of' } },
    });
  });

  it('has the engine give one token where none was asked for', () => {
    expect(read({ max_tokens: 0, echo: true })).toMatchObject({
      call: { promptOnly: true, generations: [{ maxTokens: 1 }] },
    });
    expect(read({ max_tokens: 1 })).toMatchObject({
      call: { promptOnly: false, generations: [{ maxTokens: 1 }] },
    });
    expect(read({ max_tokens: -1 })).toMatchObject({ error: { details: { field: 'max_tokens' } } });
  });
});
