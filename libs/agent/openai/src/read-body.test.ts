import { describe, expect, it } from 'vitest';
import { parseCompletionRequest } from './completions-request.ts';
import { parseEmbeddingRequest } from './embeddings.ts';
import { parseDetokenizeRequest } from './prompt-tools.ts';
import { parseChatRequest } from './request.ts';
import { readInputItemQuery } from './responses/query.ts';
import { parseResponseRequest } from './responses/request.ts';

const MESSAGE = { role: 'user', content: 'hello' };
const many = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

const chat = (body: object) => parseChatRequest({ model: 'assistant', messages: [MESSAGE], ...body });
const completion = (body: object) => parseCompletionRequest({ model: 'assistant', ...body });
const embedding = (body: object) => parseEmbeddingRequest({ model: 'assistant', ...body });
const response = (body: object) =>
  parseResponseRequest(
    { model: 'assistant', ...body },
    { newId: (prefix) => `${prefix}_1`, keptItem: () => undefined },
  );

function refusalOf(read: ReturnType<typeof chat | typeof response | typeof completion | typeof embedding>) {
  if (read.ok) throw new Error('It was not refused.');
  return [read.error.details.field, read.error.message];
}

describe('a body that holds very much', () => {
  it('is read up to the first field that is refused', () => {
    const body = { model: 'assistant', unheard: 1, messages: many(4_097, MESSAGE) };
    expect(refusalOf(parseChatRequest(body))[0]).toBe('unheard');
  });

  it.each([
    ['messages', 'entries', () => chat({ messages: many(4_097, MESSAGE) })],
    ['stop', 'entries', () => chat({ stop: many(4_097, 'a') })],
    ['tools', 'values', () => chat({ tools: [{ type: 'function', function: { enum: many(40_000, 1) } }] })],
    ['messages', 'values', () => chat({ messages: [{ role: 'user', content: many(40_000, 1) }] })],
    [
      'logit_bias',
      'values',
      () => chat({ logit_bias: Object.fromEntries(many(40_000, 1).map((_, token) => [token, 1])) }),
    ],
    ['input', 'entries', () => response({ input: many(4_097, MESSAGE) })],
  ])('is refused by %s, which has too many %s', (field, of, read) => {
    const [named, message] = refusalOf(read());
    expect(named).toBe(field);
    expect(message).toContain(of);
  });

  it('is no failure where each of its entries is wrong', () => {
    const calls = many(32_000, {});
    const messages = [{ role: 'assistant', tool_calls: calls }];
    expect(refusalOf(chat({ messages }))[0]).toBe('messages[0].tool_calls[0].id');
  });

  it('may be a long list of tokens', () => {
    expect(completion({ prompt: many(100_000, 1) }).ok).toBe(true);
    expect(embedding({ input: [many(100_000, 1)] }).ok).toBe(true);
    expect(parseDetokenizeRequest({ tokens: many(100_000, 1) }).ok).toBe(true);
    expect(refusalOf(completion({ prompt: many(1_048_577, 1) }))[0]).toBe('prompt');
  });
});

describe('a refusal', () => {
  it.each([
    ['stop', '<=16 items', () => chat({ stop: many(17, 'a') })],
    ['stop', '>=1 characters', () => chat({ stop: '' })],
    ['stop', 'well-formed Unicode', () => chat({ stop: '\ud800' })],
    ['stop[1]', 'well-formed Unicode', () => chat({ stop: ['a', '\ud800'] })],
    ['stop', 'must be a string or an array', () => chat({ stop: 1 })],
    [
      'messages[0].content',
      'must be a string or an array',
      () => chat({ messages: [{ role: 'user', content: null }] }),
    ],
    ['messages[0].content', '>=1 items', () => chat({ messages: [{ role: 'user', content: [] }] })],
    [
      'tool_choice',
      'must be "auto" or "none" or "required" or an object',
      () => chat({ tool_choice: 'any' }),
    ],
    ['prompt', '1 to 64', () => completion({ prompt: [] })],
    ['prompt', '1 to 64', () => completion({ prompt: ['a', 1] })],
    ['prompt', '1 to 64', () => completion({ prompt: [1, 'a'] })],
    ['prompt', '1 to 64', () => completion({ prompt: [null] })],
    ['prompt', 'must be a string', () => completion({})],
    ['prompt', 'well-formed Unicode', () => completion({ prompt: '\ud800' })],
    ['input', '1 to 2048', () => embedding({ input: many(2_049, 'a') })],
    ['input', 'none of them empty', () => embedding({ input: '' })],
    ['input', 'must be a string', () => embedding({})],
    ['input', 'must be a string or an array', () => response({})],
    [
      'input[0].content',
      'must be a string or an array',
      () => response({ input: [{ role: 'user', content: null }] }),
    ],
  ])('of %s says the rule: %s', (field, rule, read) => {
    const [named, message] = refusalOf(read());
    expect(named).toBe(field);
    expect(message).toContain(rule);
  });

  it('of a query’s number says its range', () => {
    const read = readInputItemQuery({ limit: ['abc'] });
    expect(read.ok ? '' : read.error.message).toBe('`limit`: must be a whole number from 1 to 100');
  });
});
