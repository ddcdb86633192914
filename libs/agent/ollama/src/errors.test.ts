import { FlotillaError } from '@flotilla/contracts';
import { expect, it } from 'vitest';
import { ollamaError } from './errors.ts';

it('says what a client can act on, and keeps the rest inside', () => {
  const details = { field: 'model', served: ['assistant'], loading: { progress: 0.5 }, path: '/secret' };
  expect(ollamaError(new FlotillaError('loading', 'A moment.', { details }))).toEqual({
    error: 'A moment.',
    code: 'loading',
    field: 'model',
    served: ['assistant'],
    loading: { progress: 0.5 },
  });
  expect(ollamaError(new FlotillaError('internal', 'Broken.'))).toEqual({
    error: 'Broken.',
    code: 'internal',
  });
});
