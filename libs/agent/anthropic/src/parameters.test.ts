import { describe, expect, it } from 'vitest';
import { ANTHROPIC_ENDPOINTS } from './parameters.ts';
import { parseCount, parseMessage } from './request.ts';

const BODY = { model: 'assistant', messages: [{ role: 'user', content: 'Hi' }] };
const PARSERS: Record<string, (changes: object) => { ok: boolean }> = {
  '/v1/messages': (changes) => parseMessage({ ...BODY, max_tokens: 5, ...changes }),
  '/v1/messages/count_tokens': (changes) => parseCount({ ...BODY, ...changes }),
};

describe('the tables', () => {
  it('are read: no honoured parameter is let through without a look', () => {
    const unread = ANTHROPIC_ENDPOINTS.flatMap(({ path, parameters = {} }) => {
      const parse = PARSERS[path];
      if (parse === undefined) return [];
      expect(parse({}).ok).toBe(true);
      return Object.keys(parameters).filter((name) => parse({ [name]: { nonsense: true } }).ok);
    });
    expect(unread).toEqual([]);
  });
});
