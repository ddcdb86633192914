import { isFlotillaError } from '@flotilla/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatJoinToken, parseJoinToken, type JoinToken } from './join-token.ts';

const token: JoinToken = {
  v: 1,
  url: 'https://plane.example:7443',
  fingerprint: 'ab'.repeat(32),
  secret: 'A'.repeat(43),
  expires: 1_800_000_000_000,
};
const textOf = (value: unknown): string => `flt1.${Buffer.from(JSON.stringify(value)).toString('base64url')}`;

describe('join tokens', () => {
  it('are read as they were written', () => {
    const text = formatJoinToken(token);
    expect(text).toMatch(/^flt1\.[A-Za-z0-9_-]+$/);
    expect(parseJoinToken(text)).toEqual(token);
  });

  it('survive the line breaks and spaces of a mail program', () => {
    const text = formatJoinToken(token);
    expect(parseJoinToken(`  ${text.slice(0, 40)}\r\n  ${text.slice(40)}\n`)).toEqual(token);
  });

  it.each([
    ['nothing', ''],
    ['another text', 'hello'],
    ['a token of a newer version', 'flt2.abc'],
    ['a token that was cut off', formatJoinToken(token).slice(0, 100)],
    ['a token of an address without TLS', textOf({ ...token, url: 'http://plane.example' })],
    ['a token of a short fingerprint', textOf({ ...token, fingerprint: 'ab' })],
    ['a token of a short secret', textOf({ ...token, secret: 'AAAA' })],
    ['a token of another inner version', textOf({ ...token, v: 2 })],
    ['a token that is no object', textOf('x')],
  ])('refuses %s', (_name, text) => {
    expect(() => parseJoinToken(text)).toThrow(expect.objectContaining({ code: 'join-token-invalid' }));
  });

  it('says that a newer token is newer', () => {
    expect(() => parseJoinToken('flt2.abc')).toThrow('newer version');
  });

  it('refuse whatever else is pasted, and never quote it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12 }), fc.boolean(), (text, prefixed) => {
        try {
          parseJoinToken(prefixed ? `flt1.${text}` : text);
          expect.unreachable();
        } catch (error) {
          expect(isFlotillaError(error) && error.code).toBe('join-token-invalid');
          expect((error as Error).message).not.toContain(text);
        }
      }),
    );
  });
});
