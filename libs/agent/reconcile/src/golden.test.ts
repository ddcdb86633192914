import { describe, expect, it } from 'vitest';
import { judgeAnswer, LONGEST_ANSWER } from './golden.ts';

const matchesRegex = ({ pattern, flags, text }: { pattern: string; flags: string; text: string }) =>
  new RegExp(pattern, flags).test(text);
const fitsSchema = ({ schema, value }: { schema: Record<string, unknown>; value: unknown }) =>
  typeof value === schema['type'];
const judge = (expect: Parameters<typeof judgeAnswer>[0]['expect'], answer: string) =>
  judgeAnswer({ expect, answer, matchesRegex, fitsSchema });

describe('judgeAnswer', () => {
  it('takes the exact text, white space around it aside', () => {
    expect(judge({ kind: 'exact', value: 'Yes.' }, ' Yes.\n')).toEqual({ ok: true });
    expect(judge({ kind: 'exact', value: 'Yes.' }, 'yes.')).toMatchObject({ ok: false });
  });

  it('takes a text that matches a pattern', () => {
    expect(judge({ kind: 'regex', pattern: '^\\{"intent":"lock"', flags: '' }, '{"intent":"lock"}')).toEqual({
      ok: true,
    });
    expect(judge({ kind: 'regex', pattern: '^\\d+$', flags: '' }, 'seven')).toMatchObject({ ok: false });
  });

  it('takes JSON that fits a schema', () => {
    expect(judge({ kind: 'json-schema', schema: { type: 'object' } }, '{"a":1}')).toEqual({ ok: true });
    expect(judge({ kind: 'json-schema', schema: { type: 'object' } }, '"a"')).toMatchObject({ ok: false });
    expect(judge({ kind: 'json-schema', schema: { type: 'object' } }, '{"a":')).toEqual({
      ok: false,
      reason: 'the answer is not JSON',
    });
  });

  it('refuses an expectation that cannot be tested instead of passing it', () => {
    expect(judge({ kind: 'regex', pattern: '(', flags: '' }, 'x')).toMatchObject({
      ok: false,
      reason: expect.stringContaining('could not be tested') as string,
    });
  });

  it('refuses an answer of absurd length without looking for a match', () => {
    expect(judge({ kind: 'regex', pattern: 'a', flags: '' }, 'a'.repeat(LONGEST_ANSWER + 1))).toMatchObject({
      ok: false,
    });
  });

  it('never repeats the answer in its reason', () => {
    for (const kind of ['exact', 'regex', 'json-schema'] as const) {
      const expectation = {
        exact: { kind: 'exact' as const, value: 'x' },
        regex: { kind: 'regex' as const, pattern: '^x$', flags: '' },
        'json-schema': { kind: 'json-schema' as const, schema: { type: 'number' } },
      }[kind];
      expect(JSON.stringify(judge(expectation, 'my secret'))).not.toContain('secret');
    }
  });
});
