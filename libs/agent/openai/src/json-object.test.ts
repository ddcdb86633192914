import { describe, expect, it } from 'vitest';
import { JsonObject } from './json-object.ts';
import { parseChatRequest } from './request.ts';

const LONE = '\ud800';

describe('JsonObject', () => {
  it.each([{ a: LONE }, { [LONE]: 1 }, { a: [{ b: ['x', LONE] }] }, { a: { [LONE]: null } }])(
    'refuses text without a UTF-8 form anywhere: %j',
    (value) => {
      expect(JsonObject.safeParse(value).success).toBe(false);
    },
  );

  it('takes whole pairs and written escapes, and nesting of any depth without a crash', () => {
    const text = { '😀': [{ a: '😀', b: String.raw`\ud800`, c: null, d: [1, true] }] };
    expect(JsonObject.safeParse(text)).toMatchObject({ success: true, data: text });
    let deep: object = {};
    for (let level = 0; level < 10_000; level += 1) deep = { deep };
    expect(JsonObject.safeParse(deep).error?.issues[0]?.message).toBe('nests deeper than 64 levels');
  });
});

it.each([
  [{ description: LONE }, 'tools[0].function.description'],
  [{ parameters: { description: LONE } }, 'tools[0].function.parameters'],
])('refuses a tool with %j by its field', (fields, field) => {
  const tools = [{ type: 'function', function: { name: 'look', ...fields } }];
  const body = { model: 'assistant', messages: [{ role: 'user', content: 'Hi' }], tools };
  expect(parseChatRequest(body)).toMatchObject({ ok: false, error: { details: { field } } });
});
