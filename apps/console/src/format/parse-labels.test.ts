import { describe, expect, it } from 'vitest';
import { parseLabels } from './parse-labels.ts';

describe('labels as people type them', () => {
  it.each([
    ['', {}],
    [' site=lisbon , floor=2 ', { site: 'lisbon', floor: '2' }],
    ['site=lisbon,', { site: 'lisbon' }],
  ])('%j', (text, labels) => expect(parseLabels(text)).toEqual({ ok: true, labels }));

  it.each([
    ['site', /`site` is not key=value/],
    ['=lisbon', /not key=value/],
    ['site=a, site=b', /`site` is there twice/],
    ['Site=lisbon', /`Site`.*lower-case/],
    ['site=', /`site`.*1 to 63/],
    ['site=a=b', /`site`.*letters, digits/],
    ['hw.arch=arm64', /reserved/],
  ])('%j says what is wrong', (text, reason) => {
    const parsed = parseLabels(text);
    expect(parsed.ok ? '' : parsed.reason).toMatch(reason);
  });
});
