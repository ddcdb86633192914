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
  const prompt = (id: string, pattern = 'x') => ({
    id,
    messages: [{ role: 'user' as const, content: 'x' }],
    maxTokens: 8,
    expect: { kind: 'regex' as const, pattern, flags: '' },
  });

  it('are refused by their field when a pattern cannot be read', () => {
    expect(() => checkGoldenPrompts([prompt('a'), prompt('b', '(')])).toThrow(
      expect.objectContaining({
        code: 'invalid-input',
        details: { field: 'goldenPrompts[1].expect.pattern' },
      }),
    );
  });

  it('are refused when two have one id', () => {
    expect(() => checkGoldenPrompts([prompt('a'), prompt('a')])).toThrow(
      expect.objectContaining({ details: { field: 'goldenPrompts[1].id' } }),
    );
  });
});
