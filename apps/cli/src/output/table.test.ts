import { describe, expect, it } from 'vitest';
import { facts, table } from './table.ts';
import { age, ago, bytes } from './words.ts';

describe('what people see in a terminal', () => {
  it('aligns rows under their head without borders', () => {
    expect(
      table(
        ['name', 'state'],
        [
          ['box-1', 'ready'],
          ['a-longer-name', 'offline'],
        ],
      ),
    ).toBe(['NAME           STATE', 'box-1          ready', 'a-longer-name  offline'].join('\n'));
  });

  it('leaves out facts that are unknown', () => {
    expect(
      facts([
        ['id', 'x'],
        ['gpu', undefined],
        ['memory', '8 GB'],
      ]),
    ).toBe('id      x\nmemory  8 GB');
  });

  it('breaks the longest texts between words where the terminal is too narrow, and never an id', () => {
    const text = table(
      ['id', 'what happened', 'when'],
      [['0192f0c2-7d1e-7a30-9c46-2f8b1f4f2c11', 'three of the five devices are done', '5 min ago']],
      64,
    );
    expect(text.split('\n').slice(1)).toEqual([
      '0192f0c2-7d1e-7a30-9c46-2f8b1f4f2c11  three of the   5 min ago',
      '                                      five devices',
      '                                      are done',
    ]);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(64);
  });

  it('goes on below a long fact, and leaves a line whole that goes to a file', () => {
    const pairs = [['why', 'it is the first of the candidates that fits']] as const;
    expect(facts(pairs, 30)).toBe('why  it is the first of the\n     candidates that fits');
    expect(facts(pairs, Infinity)).toBe('why  it is the first of the candidates that fits');
  });

  it.each([
    [0, '0 B'],
    [4_194_304, '4.2 MB'],
  ])('%d bytes read %s', (value, text) => expect(bytes(value).replace(',', '.')).toBe(text));

  it.each([
    [9_000, '9s'],
    [120_000, '2m'],
    [7_200_000, '2h'],
    [172_800_000, '2d'],
  ])('an age of %d ms is %s', (now, text) => expect(age(0, now)).toBe(text));

  it.each([
    [undefined, 'never'],
    [0, '2 min ago'],
  ])('%s reads %s two minutes later', (at, text) => expect(ago(at, 120_000)).toBe(text));
});
