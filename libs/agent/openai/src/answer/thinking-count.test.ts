import { describe, expect, it } from 'vitest';
import { createThinkingCount } from './thinking-count.ts';

const marks = { open: '<think>', close: '</think>' };

function count(tokens: readonly string[], startsInside = false): number {
  const counted = createThinkingCount({ marks, startsInside });
  for (const token of tokens) counted.push(token);
  return counted.tokens;
}

describe('createThinkingCount', () => {
  it.each([
    ['nothing where the model only answers', ['Hello', ' there'], 0],
    ['nothing where marks stand in the text', ['I', '<think>', 'so', '</think>'], 0],
    [
      'the stretch with its marks and the white space behind it',
      ['<think>', 'Hm', '.', '</think>', '\n\n', 'Yes'],
      5,
    ],
    ['marks that come in pieces', ['<th', 'ink>', 'a', '</thi', 'nk>', 'b', 'c'], 5],
    [
      'a token that ends the stretch and begins the answer as the answer’s',
      ['<think>', 'a</think> b', 'c'],
      1,
    ],
    ['tokens that complete no character yet', ['<think>', '', '', 'ü', '</think>', 'c'], 5],
    ['all of an answer that never came to its text', ['<think>', 'on', ' and', ' on'], 4],
  ])('counts %s', (_, tokens, expected) => {
    expect(count(tokens)).toBe(expected);
  });

  it('counts from the first token where the prompt opened the stretch', () => {
    expect(count(['Hm', '</think>', 'Yes'], true)).toBe(2);
  });
});
