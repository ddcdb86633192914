import { describe, expect, it } from 'vitest';
import { readInputItemQuery, readKeptResponseQuery, refusedQuery, type Query } from './query.ts';

const asked = (text: string): Query => {
  const query = new URLSearchParams(text);
  return Object.fromEntries([...query.keys()].map((name) => [name, query.getAll(name)]));
};
const field = (read: ReturnType<typeof readInputItemQuery | typeof readKeptResponseQuery>): unknown =>
  read.ok ? 'accepted' : read.error.details.field;

describe('the query of a kept response', () => {
  it.each([
    '',
    'include_obfuscation=true',
    'stream=false',
    'include[]=reasoning.encrypted_content',
    'include=message.output_text.logprobs&include=reasoning.encrypted_content',
  ])('may be `%s`', (text) => {
    expect(field(readKeptResponseQuery(asked(text)))).toBe('accepted');
  });

  it.each([
    ['stream', 'stream=true'],
    ['starting_after', 'starting_after=3'],
    ['include', 'include[]=web_search_call.results'],
    ['include_obfuscation', 'include_obfuscation=maybe'],
    ['limit', 'limit=3'],
  ])('is refused by name for its %s', (name, text) => {
    expect(field(readKeptResponseQuery(asked(text)))).toBe(name);
  });
});

describe('the query of input items', () => {
  it('is read, with OpenAI’s defaults', () => {
    expect(readInputItemQuery({})).toEqual({ ok: true, value: { limit: 20, order: 'desc' } });
    expect(readInputItemQuery(asked('limit=100&order=asc&after=msg_1'))).toEqual({
      ok: true,
      value: { limit: 100, order: 'asc', after: 'msg_1' },
    });
  });

  it.each([
    ['limit', 'limit=101'],
    ['limit', 'limit='],
    ['limit', 'limit=1.5'],
    ['order', 'order=up'],
    ['before', 'before=msg_1'],
    ['include', 'include=file_search_call.results'],
  ])('is refused by name for its %s', (name, text) => {
    expect(field(readInputItemQuery(asked(text)))).toBe(name);
  });
});

it('is refused by name where there is nothing to ask', () => {
  expect(refusedQuery({})).toBeUndefined();
  expect(refusedQuery(asked('after=msg_1'))?.details.field).toBe('after');
});
