import { FlotillaError } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { openAiError } from './errors.ts';

describe('openAiError', () => {
  it('carries both numbers of a prompt that is too long', () => {
    const error = new FlotillaError('context-length-exceeded', 'Too long.', {
      details: { field: 'messages', promptTokens: 9, contextTokens: 8 },
    });
    expect(openAiError(error)).toEqual({
      error: {
        message: 'Too long.',
        type: 'invalid_request_error',
        param: 'messages',
        code: 'context_length_exceeded',
        prompt_tokens: 9,
        context_tokens: 8,
      },
    });
  });

  it('keeps details that are not for clients inside', () => {
    const error = new FlotillaError('internal', 'Broken.', { details: { path: '/secret' } });
    expect(openAiError(error)).toEqual({
      error: { message: 'Broken.', type: 'server_error', param: null, code: 'internal' },
    });
  });

  it('tells an unknown model from an unknown path', () => {
    expect(
      openAiError(new FlotillaError('not-found', 'No.', { details: { field: 'model' } })).error.code,
    ).toBe('model_not_found');
    expect(openAiError(new FlotillaError('not-found', 'No.')).error.code).toBe('not_found');
  });
});
