import { describe, expect, it } from 'vitest';
import { schemaProblem } from './schema-problem.ts';

describe('a JSON schema', () => {
  it.each([{}, { type: 'object', properties: { a: { type: 'string', pattern: '^[a-z]+$' } } }])(
    'that compiles has no problem: %j',
    (schema) => {
      expect(schemaProblem(schema)).toBeUndefined();
    },
  );

  it.each([{ type: 'nonsense' }, { $ref: '#/nowhere' }, { pattern: '(' }, { properties: 3 }])(
    'that does not has one: %j',
    (schema) => {
      expect(schemaProblem(schema)).toEqual(expect.any(String));
    },
  );
});
