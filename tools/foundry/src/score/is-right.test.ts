import { describe, expect, it } from 'vitest';
import { isRight } from './is-right.ts';

const json = { kind: 'json', value: { intent: 'lock_door', door: 'gate', n: [1, 2] } } as const;
const call = { kind: 'tool-call', value: { name: 'get', arguments: { room: 'sala', n: 2 } } } as const;

describe('an answer', () => {
  it.each([
    ['{"intent":"lock_door","door":"gate","n":[1,2]}', true],
    [' { "n": [1, 2], "door": "gate", "intent": "lock_door" }\n', true],
    ['{"intent":"lock_door","door":"gate","n":[2,1]}', false],
    ['{"intent":"lock_door","door":"gate","n":[1,2],"x":1}', false],
    ['{"intent":"lock_door","door":"gate","n":["1",2]}', false],
    ['{"intent":"lock_door"', false],
    ['', false],
  ])('in JSON is compared by value: %s', (answer, right) => {
    expect(isRight(answer, json)).toBe(right);
  });

  it.each([
    ['<tool_call>\n{"name":"get","arguments":{"n":2,"room":"sala"}}\n</tool_call>', true],
    ['{"name":"get","arguments":{"n":2,"room":"sala"}}', false],
    ['<tool_call>\n{"name":"get","arguments":{"n":3,"room":"sala"}}\n</tool_call>', false],
  ])('with a tool call is compared inside its tags: %s', (answer, right) => {
    expect(isRight(answer, call)).toBe(right);
  });

  it('in words must be the same words', () => {
    expect(isRight(' It is 21.\n', { kind: 'exact', value: 'It is 21.' })).toBe(true);
    expect(isRight('it is 21.', { kind: 'exact', value: 'It is 21.' })).toBe(false);
  });
});
