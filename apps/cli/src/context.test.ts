import { expect, it } from 'vitest';
import { printable } from './context.ts';

it('keeps what a device says of itself from steering the terminal', () => {
  expect(printable('box\u001b[31m\nnext\u009b')).toBe('box\uFFFD[31m\nnext\uFFFD');
});
