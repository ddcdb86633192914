import { describe, expect, it } from 'vitest';
import { fakeBox } from '../../test/fake-box.ts';

const adapter = { name: 'shop', digest: 'cd34', scale: 1 };
const messages = [{ role: 'user', content: 'hi' }];

describe('a service with an adapter', () => {
  it('is listed with and without it, in the shape of each API', async () => {
    const { app } = await fakeBox({ adapter });
    const idsOf = async (path: string, headers: Record<string, string> = {}) =>
      ((await (await app.request(path, { headers })).json()) as { data: { id: string }[] }).data.map(
        ({ id }) => id,
      );
    expect(await idsOf('/v1/models')).toEqual(['assistant', 'assistant@base']);
    expect(await idsOf('/v1/models', { 'anthropic-version': '2023-06-01' })).toEqual([
      'assistant',
      'assistant@base',
    ]);
    const { models } = (await (await app.request('/api/tags')).json()) as { models: { name: string }[] };
    expect(models.map(({ name }) => name)).toEqual(['assistant:latest', 'assistant@base:latest']);
    // One engine is loaded, not two.
    const running = (await (await app.request('/api/ps')).json()) as { models: object[] };
    expect(running.models).toHaveLength(1);
  });

  it('says which adapter it is, and that `@base` has none', async () => {
    const { app } = await fakeBox({ adapter });
    expect(await (await app.request('/v1/models/assistant')).json()).toMatchObject({ flotilla: { adapter } });
    const base = (await (await app.request('/v1/models/assistant@base')).json()) as { flotilla: object };
    expect(base).toMatchObject({ id: 'assistant@base', flotilla: { digest: 'ab12' } });
    expect(base.flotilla).not.toHaveProperty('adapter');
    const show = async (model: string) => {
      const body = JSON.stringify({ model });
      const answer = await app.request('/api/show', { method: 'POST', body });
      return ((await answer.json()) as { modelfile: string }).modelfile;
    };
    expect(await show('assistant')).toContain('\nADAPTER shop\n');
    expect(await show('assistant@base')).not.toContain('ADAPTER');
  });

  it('answers under a fingerprint that tells whether its adapter was applied', async () => {
    const { post } = await fakeBox({ adapter });
    const fingerprintOf = async (model: string) =>
      ((await (await post({ model, messages })).json()) as { system_fingerprint: string }).system_fingerprint;
    expect(await fingerprintOf('assistant')).toBe('ab12+cd34');
    expect(await fingerprintOf('assistant@base')).toBe('ab12');
  });

  it('is listed once where it has none', async () => {
    const { app } = await fakeBox();
    const { data } = (await (await app.request('/v1/models')).json()) as { data: { id: string }[] };
    expect(data.map(({ id }) => id)).toEqual(['assistant']);
  });
});
