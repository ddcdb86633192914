import { describe, expect, it } from 'vitest';
import { anthropicModelPage } from './models.ts';

const MODELS = ['a', 'b', 'c'].map((service) => ({
  service,
  created: 1_700_000_000,
  contextTokens: 2_048,
  thinking: false,
  effort: false,
}));

describe('the list of models', () => {
  it.each([
    [{}, ['a', 'b', 'c'], false],
    [{ limit: '2' }, ['a', 'b'], true],
    [{ limit: '2', after_id: 'b' }, ['c'], false],
    [{ limit: '1', before_id: 'c' }, ['b'], true],
    [{ before_id: 'a' }, [], false],
    [{ before_id: 'c', beta: 'true' }, ['a', 'b'], false],
  ])('%j gives its page', (query, ids, hasMore) => {
    const page = anthropicModelPage(MODELS, query);
    expect(page.ok && page.page.data.map(({ id }) => id)).toEqual(ids);
    expect(page).toMatchObject({
      page: { has_more: hasMore, first_id: ids[0] ?? null, last_id: ids.at(-1) ?? null },
    });
  });

  it.each([
    [{ after_id: 'x' }, 'after_id'],
    [{ before_id: 'x' }, 'before_id'],
    [{ after_id: 'a', before_id: 'c' }, 'before_id'],
    [{ page: '2' }, 'page'],
  ])('refuses %j by its name', (query, field) => {
    expect(anthropicModelPage(MODELS, query)).toMatchObject({ ok: false, error: { details: { field } } });
  });

  it.each(['0', '1001', 'many'])('refuses the limit %s', (limit) => {
    expect(anthropicModelPage(MODELS, { limit })).toMatchObject({ error: { details: { field: 'limit' } } });
  });
});
