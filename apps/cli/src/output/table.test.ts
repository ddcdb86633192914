import { describe, expect, it } from 'vitest';
import { facts, table } from './table.ts';
import { ago, bytes } from './words.ts';

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

  it.each([
    [0, '0 B'],
    [4_194_304, '4.2 MB'],
  ])('%d bytes read %s', (value, text) => expect(bytes(value).replace(',', '.')).toBe(text));

  it.each([
    [undefined, 'never'],
    [0, '2 min ago'],
  ])('%s reads %s two minutes later', (at, text) => expect(ago(at, 120_000)).toBe(text));
});
