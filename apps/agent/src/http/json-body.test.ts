import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fakeBox } from '../../test/fake-box.ts';

const MESSAGES = [{ role: 'user', content: 'hello' }];
const CHAT = { model: 'assistant', messages: MESSAGES };
const ROUTES = ['/v1/chat/completions', '/v1/messages', '/api/chat'];

const crowd = (value: unknown): object =>
  Object.fromEntries(Array.from({ length: 1_025 }, (_, index) => [`k${index}`, value]));

async function refused(path: string, body: object, headers: Record<string, string> = {}) {
  const { app, errors } = await fakeBox();
  const response = await app.request(path, { method: 'POST', body: JSON.stringify(body), headers });
  return { status: response.status, code: errors[0]?.code, field: errors[0]?.details.field };
}

describe('a body', () => {
  it.each(ROUTES)('of too many fields is refused by %s, whatever they hold', async (path) => {
    const refusal = { status: 400, field: 'body' };
    expect(await refused(path, { ...CHAT, ...crowd(1) })).toMatchObject(refusal);
    expect(await refused(path, { ...CHAT, ...crowd(null) })).toMatchObject(refusal);
  });

  it('is refused by the field whose object has too many', async () => {
    expect(await refused('/api/chat', { ...CHAT, options: crowd(null) })).toMatchObject({
      status: 400,
      field: 'options',
    });
  });

  it.each(ROUTES)('of mistakes alone is refused by %s', async (path) => {
    const messages = Array.from({ length: 7 }, () => ({
      role: 'assistant',
      content: Array.from({ length: 4_000 }, () => ({})),
      tool_calls: [],
    }));
    expect((await refused(path, { ...CHAT, max_tokens: 1, messages })).status).toBe(400);
  });

  it.each(ROUTES)('that is compressed is refused by %s', async (path) => {
    const { app, errors } = await fakeBox();
    const response = await app.request(path, {
      method: 'POST',
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync(JSON.stringify(CHAT)),
    });
    expect(response.status).toBe(415);
    expect(errors[0]?.details.field).toBe('content-encoding');
  });

  it('may say that it is not compressed', async () => {
    expect((await refused('/v1/chat/completions', CHAT, { 'content-encoding': 'Identity' })).status).toBe(
      200,
    );
  });
});
