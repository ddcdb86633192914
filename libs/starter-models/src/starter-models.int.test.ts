import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { starterModels } from './starter-models.ts';
import { starterRelease } from './starter-release.ts';
import { starterScores } from './scores.ts';
import { readSuite, suites } from './suites.ts';

const MAX_FAMILY_BYTES = 30e6;

describe('the starter models', () => {
  const models = starterModels();

  it('are exactly the files that models.json lists', async () => {
    const listed = models.map(({ variant }) => `${variant}.gguf`).sort();
    expect(listed.length).toBeGreaterThan(0);
    expect((await readdir(dirname(models[0]!.path))).sort()).toEqual(listed);
  });

  it.each(models)('have the size and digest that are listed: $variant', async ({ path, bytes, sha256 }) => {
    const content = await readFile(path);
    expect(content.length).toBe(bytes);
    expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
  });

  it('stay under 30 MB in all', () => {
    expect(models.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(MAX_FAMILY_BYTES);
  });

  it.each(models)(
    'say what they are: $variant',
    ({ modelId, variant, quantization, parameters, contextTokens, licence }) => {
      expect(variant).toBe(`${modelId}-${quantization.toLowerCase()}`);
      expect(parameters).toBeGreaterThan(200_000);
      expect(contextTokens).toBeGreaterThanOrEqual(2048);
      expect(licence).toBe('apache-2.0');
    },
  );
});

describe('the starter release', () => {
  it('names variants that are here, and a context that every one of them has', () => {
    const { candidates, intent } = starterRelease();
    const models = new Map(starterModels().map((model) => [model.variant, model]));
    for (const variant of candidates)
      expect(models.get(variant)?.contextTokens).toBeGreaterThanOrEqual(intent.contextTokens);
  });
});

describe('the suites', () => {
  it.each(suites())('hold 1,000 different items in both languages: $name', ({ path }) => {
    const items = readSuite({ path });
    expect(items).toHaveLength(1000);
    expect(new Set(items.map(({ id }) => id)).size).toBe(1000);
    expect(new Set(items.map(({ language }) => language))).toEqual(new Set(['en', 'pt']));
  });
});

describe('the scores', () => {
  it('belong to the models and suites that are here', async () => {
    const digests = new Map<string, string>(starterModels().map(({ variant, sha256 }) => [variant, sha256]));
    const suiteDigests = new Map<string, string>();
    for (const { name, path } of suites().filter(({ path }) => existsSync(path))) {
      suiteDigests.set(
        name,
        createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      );
    }
    for (const { variant, suite, modelSha256, suiteSha256 } of starterScores()) {
      expect([variant, modelSha256]).toEqual([variant, digests.get(variant)]);
      expect([suite, suiteSha256]).toEqual([suite, suiteDigests.get(suite)]);
    }
  });
});
