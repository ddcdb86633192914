import { describe, expect, it } from 'vitest';
import { Labels } from './labels.ts';

describe('labels', () => {
  it.each([
    [{ Floor: '2' }, 'Floor', 'must be 1 to 63 lower-case letters, digits, dots, dashes or underscores'],
    [{ 'hw.arch': 'arm64' }, 'hw.arch', 'the names `device` and `hw.*` are reserved'],
    [{ constructor: 'x' }, 'constructor', 'is a word of JavaScript objects: take another name'],
    [{ site: 'a b' }, 'site', 'must be 1 to 63 letters, digits, dots, dashes or underscores'],
  ])('%j are refused with what is wrong', (labels, key, message) => {
    const { error } = Labels.safeParse(labels);
    expect(error?.issues.map((issue) => [issue.path, issue.message])).toEqual([[[key], message]]);
  });
});
