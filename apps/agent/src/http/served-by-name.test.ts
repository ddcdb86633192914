import { describe, expect, it } from 'vitest';
import { fakeBox } from '../../test/fake-box.ts';
import { smallDeployment } from '../../test/small-deployment.ts';

const VARIANT = 'harbor-1m-q8_0';
const messages = [{ role: 'user', content: 'hi' }];

/** A second service runs the variant of the first. */
async function twoOfOne() {
  const box = await fakeBox();
  await box.services.activate(
    {
      ...smallDeployment({ variant: VARIANT, digest: 'ab12', modelPath: 'x' }),
      id: 'two',
      service: 'helper',
    },
    { signal: new AbortController().signal },
  );
  return box;
}

describe('the variant of two services', () => {
  it.each([
    ['/v1/chat/completions', { messages }],
    ['/v1/messages', { messages, max_tokens: 9 }],
    ['/v1/embeddings', { input: 'hi' }],
    ['/api/chat', { messages, stream: false }],
    ['/api/show', {}],
  ])('names neither to POST %s, which says both', async (path, body) => {
    const { app } = await twoOfOne();
    const ask = (model: string) =>
      app.request(path, { method: 'POST', body: JSON.stringify({ model, ...body }) });
    const refused = await ask(VARIANT);
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining('assistant, helper') as string,
    ]);
    expect((await ask('helper')).status).toBe(200);
  });

  it('names neither to GET /v1/models/NAME', async () => {
    const { app } = await twoOfOne();
    expect((await app.request(`/v1/models/${VARIANT}`)).status).toBe(400);
    expect(await (await app.request('/v1/models/helper')).json()).toMatchObject({ id: 'helper' });
  });
});

it('the variant of one service is that service', async () => {
  const { app, post } = await fakeBox();
  expect(await (await app.request(`/v1/models/${VARIANT}`)).json()).toMatchObject({ id: 'assistant' });
  expect(await (await post({ model: VARIANT, messages })).json()).toMatchObject({ model: 'assistant' });
});
