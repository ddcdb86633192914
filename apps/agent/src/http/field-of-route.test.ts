import { FlotillaError } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { fakeBox } from '../../test/fake-box.ts';
import { withFieldOfRoute } from './field-of-route.ts';

const LONG = 'word '.repeat(40);
const MESSAGES = [{ role: 'user', content: LONG }];

describe('a prompt over the context', () => {
  it.each([
    ['prompt', '/v1/completions', { prompt: LONG }],
    ['prompt', '/v1/completions/', { prompt: LONG }],
    ['input', '/v1/responses', { input: LONG }],
    ['prompt', '/api/generate', { prompt: LONG }],
    ['messages', '/v1/chat/completions', { messages: MESSAGES }],
    ['messages', '/v1/messages', { messages: MESSAGES, max_tokens: 1 }],
    ['messages', '/api/chat', { messages: MESSAGES }],
  ])('is refused by `%s` at %s', async (field, path, body) => {
    const { app, errors } = await fakeBox();
    await app.request(path, { method: 'POST', body: JSON.stringify({ model: 'assistant', ...body }) });
    expect(errors).toMatchObject([
      { code: 'context-length-exceeded', details: { field, contextTokens: 32 } },
    ]);
  });
});

describe('withFieldOfRoute', () => {
  const refusal = (code: 'invalid-input' | 'unsupported-parameter') =>
    new FlotillaError(code, 'No.', { details: { field: 'prompt' } });

  it('names the tokens that are unknown as they were sent', () => {
    expect(withFieldOfRoute(refusal('invalid-input'), '/detokenize').details.field).toBe('tokens');
    expect(withFieldOfRoute(refusal('invalid-input'), '/v1/completions').details.field).toBe('prompt');
  });

  it('leaves a field that the route does not know under its name', () => {
    expect(withFieldOfRoute(refusal('unsupported-parameter'), '/detokenize').details.field).toBe('prompt');
  });
});
