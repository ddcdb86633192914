import { expect, it } from 'vitest';
import { wrapWords } from './wrap-words.ts';

it('breaks between words, and leaves a word whole that is longer than a line', () => {
  expect(wrapWords('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrapWords('a longer-than-that b\nnext', 6)).toEqual(['a', 'longer-than-that', 'b', 'next']);
});
