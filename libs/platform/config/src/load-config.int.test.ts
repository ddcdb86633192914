import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { loadConfig } from './load-config.ts';

const schema = z.object({
  http: z.object({
    port: z.int().default(7080).meta({ env: 'FLOTILLA_PORT', description: 'The port.' }),
    key: z.string().optional().meta({ env: 'FLOTILLA_KEY', description: 'The key.', secret: true }),
  }),
});

describe('loadConfig with files', () => {
  let folder: string;
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flotilla-config-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('reads a JSON file between the defaults and the environment', async () => {
    const file = await write('agent.json', '{ "http": { "port": 8000 } }');
    const fromFile = await loadConfig({ schema, file, env: {} });
    expect(fromFile.config.http.port).toBe(8000);
    expect(fromFile.sources['http.port']).toEqual({ kind: 'file', name: file });
    expect((await loadConfig({ schema, file, env: { FLOTILLA_PORT: '9000' } })).config.http.port).toBe(9000);
  });

  it('names the nearest setting for an unknown one, and the file it stands in', async () => {
    const file = await write('typo.json', '{ "http": { "prot": 8000 }, "__proto__": { "port": 1 } }');
    await expect(loadConfig({ schema, file, env: {} })).rejects.toMatchObject({
      code: 'invalid-config',
      details: {
        problems: [
          { field: 'http.prot', fix: 'Did you mean http.port?', source: { kind: 'file', name: file } },
          { field: '__proto__' },
        ],
      },
    });
  });

  it('refuses a missing file unless it is optional, and a damaged one always', async () => {
    const missing = join(folder, 'none.json');
    await expect(loadConfig({ schema, file: missing, env: {} })).rejects.toMatchObject({
      code: 'invalid-config',
    });
    const { config } = await loadConfig({ schema, file: missing, fileOptional: true, env: {} });
    expect(config.http.port).toBe(7080);
    for (const text of ['{ "http": ', '[]', '3']) {
      const file = await write('damaged.json', text);
      await expect(loadConfig({ schema, file, env: {}, fileOptional: true })).rejects.toMatchObject({
        code: 'invalid-config',
      });
    }
  });

  it('reads a secret from the file that its variable with _FILE names', async () => {
    const path = await write('key', 'a secret key\n');
    const { config, sources } = await loadConfig({ schema, env: { FLOTILLA_KEY_FILE: path } });
    expect(config.http.key).toBe('a secret key');
    expect(sources['http.key']).toEqual({ kind: 'env-file', name: 'FLOTILLA_KEY_FILE' });
  });

  it('refuses a secret that is given twice, or in a file that is not there', async () => {
    const path = await write('key', 'a secret key\n');
    const twice = { FLOTILLA_KEY_FILE: path, FLOTILLA_KEY: 'another' };
    await expect(loadConfig({ schema, env: twice })).rejects.toMatchObject({ code: 'invalid-config' });
    const gone = { FLOTILLA_KEY_FILE: join(folder, 'gone') };
    await expect(loadConfig({ schema, env: gone })).rejects.toMatchObject({ code: 'invalid-config' });
  });
});
