import { FlotillaError } from '@flotilla/contracts';
import { expect, it } from 'vitest';
import { refusalForLog } from './refusal-for-log.ts';

const request = { requestId: 'r', method: 'GET', path: '/v1/models/secret-plan' };

it('says what was refused and where, without the names of models', () => {
  const error = new FlotillaError('not-found', 'No service `secret-plan` is on this box.', {
    details: { field: 'model', about: 'secret-plan' },
  });
  const logged = refusalForLog(error, request);
  expect(logged).toMatchObject({ code: 'not-found', field: 'model', path: '/v1/models/{model}' });
  expect(JSON.stringify(logged)).not.toContain('secret');
});

it('keeps the error where the mistake is ours', () => {
  const error = new FlotillaError('internal', 'An invariant broke.');
  expect(refusalForLog(error, { ...request, path: '/api/chat' })).toMatchObject({ error, path: '/api/chat' });
});
