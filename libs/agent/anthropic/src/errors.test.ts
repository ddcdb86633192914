import { FlotillaError, type ProblemCode } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { anthropicError } from './errors.ts';

describe('a refusal', () => {
  it.each<[ProblemCode, string]>([
    ['invalid-input', 'invalid_request_error'],
    ['unauthenticated', 'authentication_error'],
    ['host-not-allowed', 'permission_error'],
    ['not-found', 'not_found_error'],
    ['too-large', 'request_too_large'],
    ['queue-full', 'rate_limit_error'],
    ['loading', 'overloaded_error'],
    ['timeout', 'timeout_error'],
    ['internal', 'api_error'],
  ])('%s is an %s', (code, type) => {
    expect(
      anthropicError(new FlotillaError(code, 'It cannot be.', { details: { field: 'model' } }), 'r1'),
    ).toEqual({
      type: 'error',
      error: {
        type,
        message: 'It cannot be.',
        details: { error_code: code.replaceAll('-', '_'), field: 'model' },
      },
      request_id: 'r1',
    });
  });

  it('says what a client can act on, and keeps the rest inside', () => {
    const details = { served: ['assistant'], loading: { progress: 0.5 }, path: '/secret' };
    expect(anthropicError(new FlotillaError('loading', 'A moment.', { details })).error.details).toEqual({
      error_code: 'loading',
      served: ['assistant'],
      loading: { progress: 0.5 },
    });
  });

  it('of a thread is one that Anthropic’s client goes on from without it', () => {
    const error = new FlotillaError('unsupported-parameter', 'No.', { details: { field: 'thread' } });
    expect(anthropicError(error).error.details).toEqual({
      error_code: 'thread_unsupported_request',
      unsupported: ['thread'],
      field: 'thread',
    });
  });
});
