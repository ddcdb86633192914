import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatJoinToken, parseJoinToken } from './join-token.ts';

const token = {
  gatewayUrl: 'https://plane.example:7443',
  caFingerprint: 'ab'.repeat(32),
  secret: 'K7_x-dEADbeef0123456789',
};

describe('a join token', () => {
  it('reads back what was written, also with white space around it', () => {
    expect(parseJoinToken(` ${formatJoinToken(token)}\n`)).toEqual(token);
  });

  it('is one word of characters that need no quoting', () => {
    expect(formatJoinToken(token)).toMatch(/^[A-Za-z0-9._-]+$/);
  });

  it('is refused when it was cut or is something else', () => {
    const text = formatJoinToken(token);
    expect(parseJoinToken(text.slice(0, -8))).toBeUndefined();
    expect(parseJoinToken(text.slice(5))).toBeUndefined();
    expect(parseJoinToken('flj1.bm90IGpzb24')).toBeUndefined();
  });

  it('never throws, whatever is given', () => {
    fc.assert(fc.property(fc.string(), (text) => parseJoinToken(`flj1.${text}`) === undefined || true));
  });
});
