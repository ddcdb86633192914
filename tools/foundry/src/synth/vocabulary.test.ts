import { describe, expect, it } from 'vitest';
import { SYNTH_SHAPES } from './shapes.ts';
import { synthVocabulary } from './vocabulary.ts';

describe('the made-up vocabulary', () => {
  it.each(Object.entries(SYNTH_SHAPES))(
    'has exactly as many different tokens as %s',
    (_, { vocabularySize, preTokenizer }) => {
      const { tokens, tokenTypes } = synthVocabulary({ size: vocabularySize, preTokenizer });
      expect(new Set(tokens).size).toBe(vocabularySize);
      expect(tokenTypes).toHaveLength(vocabularySize);
    },
  );

  it('merges only tokens that exist by then, into the token that follows', () => {
    const { tokens, merges } = synthVocabulary({ size: 4096, preTokenizer: 'gpt-2' });
    const known = new Set(tokens.slice(0, 256));
    for (const [index, merge] of merges.entries()) {
      const [left, right] = merge.split(' ') as [string, string];
      expect(known.has(left) && known.has(right)).toBe(true);
      expect(tokens[256 + index]).toBe(left + right);
      known.add(left + right);
    }
  });

  it('ends with the ChatML specials as control tokens', () => {
    const { tokens, tokenTypes, eosId } = synthVocabulary({ size: 300, preTokenizer: 'gpt-2' });
    expect(tokens.slice(-3)).toEqual(['<|endoftext|>', '<|im_start|>', '<|im_end|>']);
    expect(tokenTypes.slice(-4)).toEqual([1, 3, 3, 3]);
    expect(tokens[eosId]).toBe('<|im_end|>');
  });

  it('refuses a size that cannot hold the bytes', () => {
    expect(() => synthVocabulary({ size: 256, preTokenizer: 'gpt-2' })).toThrow('at least 259');
  });
});
