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

it('says of a mistake with a local model where it happened, and nothing of the model', () => {
  const digest = 'ab'.repeat(32);
  const cause = new TypeError(`ENOTDIR, /box/local-models/blobs/${digest}`);
  const error = new FlotillaError('internal', cause.message, { cause });
  const logged = refusalForLog(error, { ...request, path: `/api/blobs/sha256:${digest}` });
  expect(logged).toMatchObject({ path: '/api/blobs/{model}' });
  expect(JSON.stringify(logged)).toContain('refusal-for-log.test');
  expect(JSON.stringify(logged)).not.toContain(digest);
});
