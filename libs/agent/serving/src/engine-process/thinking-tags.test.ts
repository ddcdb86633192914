import { describe, expect, it } from 'vitest';
import { endsThinking, thinkingTagsOf } from './thinking-tags.ts';

describe('thinkingTagsOf', () => {
  it.each([
    ["{{ content.split('</think>')[-1] }}", '<think>'],
    ["{{ '<think>\\n' }}", '<think>'],
    ['[THINK]{{ reasoning }}[/THINK]', '[THINK]'],
    ['{{ messages }} I think so', undefined],
  ])('finds the tags of %o', (source, open) => {
    expect(thinkingTagsOf(source)?.open).toBe(open);
  });
});

describe('endsThinking', () => {
  const tags = { open: '<think>', close: '</think>' };
  it.each([
    ['<|im_start|>assistant\n<think>\n', true],
    ['<think>\n\n</think>\n\n', false],
    ['<|im_start|>assistant\n', false],
    ['<think>a</think>b<think>', true],
  ])('looks at the last tag of %o', (written, ends) => {
    expect(endsThinking(written, tags)).toBe(ends);
    expect(endsThinking(written, undefined)).toBe(false);
  });
});
