import { isFlotillaError } from '@flotilla/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { ConfigProblem } from './config-problem.ts';
import { configReference, describeConfig } from './describe-config.ts';
import { loadConfig, type LoadConfigOptions } from './load-config.ts';
import { BytesField, DurationField } from './text-fields.ts';

const schema = z.object({
  dataFolder: z.string().meta({ env: 'FLOTILLA_DATA', description: 'Where everything is kept.' }),
  http: z.object({
    host: z
      .string()
      .default('127.0.0.1')
      .meta({ env: 'FLOTILLA_HOST', description: 'The address to listen on.' }),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .meta({ env: 'FLOTILLA_PORT', description: 'The port to listen on.' })
      .default(7080),
    key: z
      .string()
      .min(8)
      .optional()
      .meta({ env: 'FLOTILLA_KEY', description: 'The key of local apps.', secret: true }),
  }),
  origins: z.array(z.string()).default([]).meta({ env: 'FLOTILLA_ORIGINS', description: 'Allowed origins.' }),
  metrics: z
    .boolean()
    .default(true)
    .meta({ env: 'FLOTILLA_METRICS', description: 'Serve metrics.', reload: true }),
  interval: DurationField.prefault('30s').meta({
    env: 'FLOTILLA_INTERVAL',
    description: 'Between two reports.',
  }),
  cap: BytesField.optional().meta({ env: 'FLOTILLA_CAP', description: 'Bandwidth per second.' }),
  level: z.enum(['info', 'warn']).default('info').meta({ description: 'What is logged.' }),
});

type Options = Partial<LoadConfigOptions<typeof schema>>;
const load = (options: Options = {}) =>
  loadConfig({ schema, env: {}, defaults: { dataFolder: '/data' }, ...options });
const problemsOf = async (options: Options): Promise<ConfigProblem[]> => {
  const error = await load(options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isFlotillaError(error)) throw new TypeError('expected a FlotillaError');
  expect(error.code).toBe('invalid-config');
  return error.details['problems'] as ConfigProblem[];
};

describe('loadConfig', () => {
  it('takes defaults of the schema and those known at run time', async () => {
    const { config, sources } = await load();
    expect(config).toEqual({
      dataFolder: '/data',
      http: { host: '127.0.0.1', port: 7080 },
      origins: [],
      metrics: true,
      interval: 30_000,
      level: 'info',
    });
    expect(sources['http.port']).toEqual({ kind: 'default', name: '' });
  });

  it('lets flags win over the environment, and that over defaults', async () => {
    const { config, sources } = await load({
      env: { FLOTILLA_PORT: '8000', FLOTILLA_HOST: '0.0.0.0', FLOTILLA_DATA: '/env' },
      flags: { 'http.port': '9000', dataFolder: undefined },
    });
    expect(config.http).toEqual({ host: '0.0.0.0', port: 9000 });
    expect(config.dataFolder).toBe('/env');
    expect(sources).toMatchObject({
      'http.port': { kind: 'flag', name: 'http.port' },
      'http.host': { kind: 'env', name: 'FLOTILLA_HOST' },
    });
  });

  it('names a flag as people type it', async () => {
    const loading = load({
      flags: { 'http.port': 'x' },
      flagOf: (field: string) => field.split('.').at(-1) ?? '',
    });
    await expect(loading).rejects.toThrow('http.port (flag --port): ');
  });

  it('reads numbers, booleans, lists, durations and sizes from text', async () => {
    const { config } = await load({
      env: {
        FLOTILLA_PORT: '8000',
        FLOTILLA_METRICS: 'off',
        FLOTILLA_ORIGINS: 'http://a, http://b',
        FLOTILLA_INTERVAL: '1m30s',
        FLOTILLA_CAP: '2MiB',
      },
    });
    expect(config).toMatchObject({
      http: { port: 8000 },
      metrics: false,
      origins: ['http://a', 'http://b'],
      interval: 90_000,
      cap: 2_097_152,
    });
  });

  it('takes an empty variable as not set', async () => {
    expect((await load({ env: { FLOTILLA_PORT: '' } })).config.http.port).toBe(7080);
  });

  it('tells everything that is wrong at once, with its source and what to do', async () => {
    const problems = await problemsOf({
      defaults: {},
      env: { FLOTILLA_PORT: 'eighty', FLOTILLA_KEY: 'short', FLOTILLA_INTERVAL: 'soon' },
      flags: { level: 'loud', 'htpp.host': 'x' },
    });
    expect(problems.map(({ field, source }) => `${field} from ${source.kind} ${source.name}`)).toEqual([
      'htpp.host from flag htpp.host',
      'dataFolder from default ',
      'http.port from env FLOTILLA_PORT',
      'http.key from env FLOTILLA_KEY',
      'interval from env FLOTILLA_INTERVAL',
      'level from flag level',
    ]);
    expect(problems[0]?.fix).toBe('Did you mean http.host?');
    expect(problems[1]).toMatchObject({
      problem: 'it is not set',
      fix: 'Set `dataFolder` or FLOTILLA_DATA: Where everything is kept.',
    });
  });

  it('never tells a refused value, which may be a secret', async () => {
    const error: unknown = await load({ env: { FLOTILLA_KEY: 'hunter2' } }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(Error);
    expect(JSON.stringify([(error as Error).message, error])).not.toContain('hunter2');
  });

  it('takes a variable that is one letter off for a mistake, and leaves those of other programs alone', async () => {
    const [problem] = await problemsOf({ env: { FLOTILLA_PROT: '1' } });
    expect(problem?.fix).toBe('Did you mean FLOTILLA_PORT?');
    await expect(load({ env: { FLOTILLA_DATABASE_URL: 'x', PORT: '1' } })).resolves.toBeDefined();
  });

  it('refuses a schema whose field does not say what it is', async () => {
    const bare = z.object({ port: z.int().default(1) });
    await expect(loadConfig({ schema: bare, env: {} })).rejects.toMatchObject({ code: 'internal' });
  });

  it('gives back any port that was set, whichever way it was set', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 65_535 }), fc.boolean(), async (port, byFlag) => {
        const text = String(port);
        const { config } = await load(
          byFlag ? { flags: { 'http.port': text } } : { env: { FLOTILLA_PORT: text } },
        );
        expect(config.http.port).toBe(port);
      }),
    );
  });
});

describe('describeConfig', () => {
  it('shows every field with its source and hides secrets', async () => {
    const loaded = await load({ env: { FLOTILLA_KEY: 'long enough' } });
    const rows = describeConfig({ schema, ...loaded });
    expect(rows.map(({ name, value, source }) => `${name} = ${value} (${source})`)).toEqual([
      'dataFolder = "/data" (default)',
      'http.host = "127.0.0.1" (default)',
      'http.port = 7080 (default)',
      'http.key = [hidden] (environment FLOTILLA_KEY)',
      'origins = [] (default)',
      'metrics = true (default)',
      'interval = 30000 (default)',
      'cap = [not set] (default)',
      'level = "info" (default)',
    ]);
  });
});

describe('configReference', () => {
  it('tells type, default and variable of every field', () => {
    const rows = configReference(schema);
    expect(rows.find(({ name }) => name === 'http.port')).toEqual({
      name: 'http.port',
      env: 'FLOTILLA_PORT',
      type: 'number',
      default: '7080',
      description: 'The port to listen on.',
      secret: false,
      reload: false,
    });
    expect(rows.find(({ name }) => name === 'level')).toMatchObject({
      type: '"info" | "warn"',
      default: '"info"',
    });
    expect(rows.find(({ name }) => name === 'interval')).toMatchObject({ type: 'text', default: '"30s"' });
    expect(rows.find(({ name }) => name === 'origins')).toMatchObject({
      type: 'list of string',
      default: '[]',
    });
  });
});
