import { expect, it } from 'vitest';
import { countThings } from './count-things.ts';

it.each([
  [0, '0 devices'],
  [1, '1 device'],
  [1.5, '1.5 devices'],
  [2, '2 devices'],
  [1_024, '1,024 devices'],
])('counts %d as %s', (count, text) => {
  expect(countThings(count, 'device')).toBe(text);
});

it('takes a plural of its own, and numbers in the way of a place', () => {
  expect(countThings(2, 'box', { many: 'boxes' })).toBe('2 boxes');
  expect(countThings(10_000, 'device', { locale: 'de' })).toBe('10.000 devices');
});
