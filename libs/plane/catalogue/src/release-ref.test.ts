import { describe, expect, it } from 'vitest';
import { checkGoldenPrompts } from './check-golden-prompts.ts';
import { parseReleaseRef } from './parse-release-ref.ts';

describe('naming a release', () => {
  it.each([
    ['assistant', { service: 'assistant' }],
    ['assistant@3', { service: 'assistant', revision: 3 }],
    ['a'.repeat(64), { digest: 'a'.repeat(64) }],
    ['assistant@0', undefined],
    ['assistant@03', undefined],
    ['assistant@3@4', undefined],
    ['Assistant', undefined],
    ['', undefined],
    ['@3', undefined],
  ])('reads %j', (ref, expected) => {
    expect(parseReleaseRef(ref)).toEqual(expected);
  });
});

describe('golden prompts', () => {
  const anySchema = () => undefined;
  const schemaPrompt = (schema: Record<string, unknown>) => ({
    ...prompt('s'),
    expect: { kind: 'json-schema' as const, schema },
  });

  it('are refused when a pattern could run for ever, also inside a schema', () => {
    const pattern = '^(([a-z ])+)+$x';
    const refused = (field: string): Error =>
      expect.objectContaining({ code: 'invalid-input', details: { field } }) as Error;
    expect(() => checkGoldenPrompts([prompt('a', pattern)], anySchema)).toThrow(
      refused('goldenPrompts[0].expect.pattern'),
    );
    const schemas = [
      { properties: { a: { type: 'string', pattern } } },
      { patternProperties: { [pattern]: {} } },
    ];
    for (const schema of schemas) {
      expect(() => checkGoldenPrompts([schemaPrompt(schema)], anySchema)).toThrow(
        refused('goldenPrompts[0].expect.schema'),
      );
    }
  });

  it('are refused when a schema cannot be judged by, with the reason', () => {
    expect(() => checkGoldenPrompts([schemaPrompt({ type: 'nonsense' })], () => 'no such type')).toThrow(
      'goldenPrompts[0].expect.schema: it is not a JSON schema: no such type',
    );
  });

  const prompt = (id: string, pattern = 'x') => ({
    id,
    messages: [{ role: 'user' as const, content: 'x' }],
    maxTokens: 8,
    expect: { kind: 'regex' as const, pattern, flags: '' },
  });

  it('are refused by their field when a pattern cannot be read', () => {
    expect(() => checkGoldenPrompts([prompt('a'), prompt('b', '(')], anySchema)).toThrow(
      expect.objectContaining({
        code: 'invalid-input',
        details: { field: 'goldenPrompts[1].expect.pattern' },
      }),
    );
  });

  it('are refused when two have one id', () => {
    expect(() => checkGoldenPrompts([prompt('a'), prompt('a')], anySchema)).toThrow(
      expect.objectContaining({ details: { field: 'goldenPrompts[1].id' } }),
    );
  });
});
