import { expect, it } from 'vitest';
import { helpText } from './help.ts';

it('fits a terminal of 80 columns', () => {
  expect(
    helpText()
      .split('\n')
      .filter((line) => line.length > 80),
  ).toEqual([]);
});
