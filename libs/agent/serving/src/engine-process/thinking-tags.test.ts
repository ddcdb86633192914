import { describe, expect, it } from 'vitest';
import { endsThinking, thinkingSwitchOf, thinkingTagsOf } from './thinking-tags.ts';

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

describe('thinkingSwitchOf', () => {
  it.each([
    ['{% if enable_thinking is defined and enable_thinking is false %}', 'enable_thinking'],
    ['{% if not thinking is defined %}{% set thinking = false %}{% endif %}', 'thinking'],
    ["{{ '<thinking>' }} {{ thinking }}", undefined],
    ["{{ '<think>\n' }}", undefined],
  ])('finds the variable of %o', (source, name) => {
    expect(thinkingSwitchOf(source)).toBe(name);
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
