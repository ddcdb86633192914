import { describe, expect, it } from 'vitest';

import { answerError, connectionError, retryAfterMs } from './gateway-answer.ts';

describe('answers that are refusals', () => {
  it.each([
    [500, '', 'unavailable', true],
    [503, '{"code":"loading","detail":"soon"}', 'loading', true],
    [429, '', 'rate-limited', true],
    [400, 'no json', 'download-failed', false],
    [404, '{"code":"a-code-of-tomorrow","detail":"?"}', 'not-found', false],
    [413, '', 'too-large', false],
    [403, '{"code":"device-revoked","detail":"This device was revoked."}', 'device-revoked', false],
  ])('reads %i with body %j as %s', (status, body, code, retryable) => {
    expect(answerError({ status, body, path: '/v1/x' })).toMatchObject({ code, retryable });
  });

  it('keeps what the problem says in its own words', () => {
    const body = JSON.stringify({ code: 'forbidden', detail: 'Not this one.', about: 'blob', fix: 'Ask.' });
    expect(answerError({ status: 403, body, path: '/v1/x' }).toProblem()).toEqual({
      code: 'forbidden',
      detail: 'Not this one.',
      about: 'blob',
      fix: 'Ask.',
    });
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1);

  it.each([
    ['3', 3000],
    [new Date(now + 7000).toUTCString(), 7000],
    [new Date(now - 7000).toUTCString(), 0],
    ['86400', 300_000],
    ['soon', undefined],
    [undefined, undefined],
  ])('reads %j as %j milliseconds', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });
});

describe('connections that fail', () => {
  const coded = (code: string): Error => Object.assign(new Error(code), { code });

  it.each([
    ['ECONNREFUSED', 'offline'],
    ['ENOTFOUND', 'offline'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'fingerprint-mismatch'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'fingerprint-mismatch'],
    ['CERT_NOT_YET_VALID', 'fingerprint-mismatch'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'fingerprint-mismatch'],
  ])('reads %s as %s, to be tried again', (code, expected) => {
    expect(connectionError({ error: coded(code), path: '/' })).toMatchObject({
      code: expected,
      retryable: true,
    });
  });
});
