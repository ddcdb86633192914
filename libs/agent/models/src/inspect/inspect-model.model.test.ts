import { writeFile, truncate } from 'node:fs/promises';

import { writeSynthAdapter, writeSynthModel } from '@flotilla/foundry';
import type { EngineConfiguration } from '@flotilla/sizing';
import { tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { tinyGguf } from '../../test/test-models.ts';
import { inspectEngine, inspectModel } from './inspect-model.ts';

const configuration: EngineConfiguration = {
  contextTokens: 512,
  sequences: 1,
  batchTokens: 128,
  kvType: 'f16',
};

let folder: TempFolder;
let model: string;

beforeAll(async () => {
  folder = await tempFolder({ name: 'inspect' });
  model = folder.file('tiny.gguf');
  await writeSynthModel({ shape: 'tiny', quant: 'q8_0', path: model });
});
afterAll(() => folder.remove());

const nodeOptions = process.env['NODE_OPTIONS'];
afterEach(() => {
  if (nodeOptions === undefined) delete process.env['NODE_OPTIONS'];
  else process.env['NODE_OPTIONS'] = nodeOptions;
});

describe('inspecting a model', () => {
  it('gives facts, the engine release, and memory for every configuration in its order', async () => {
    const configurations = [
      configuration,
      { ...configuration, sequences: 4 },
      { ...configuration, kvType: 'q8_0' as const },
    ];
    const { facts, estimates, engineRelease } = await inspectModel({ path: model, configurations });
    expect(facts).toMatchObject({ architecture: 'llama', quantization: 'Q8_0', vocabularySize: 4096 });
    expect(engineRelease).toMatch(/^llama\.cpp \S+ node-llama-cpp \d+\.\d+\.\d+$/);
    expect(estimates.map((estimate) => estimate.configuration)).toEqual(configurations);
    const context = estimates.map((estimate) => (estimate.available ? estimate.need.contextBytes : NaN));
    expect(context[1]).toBeGreaterThan(context[0] ?? NaN);
    // The deprecated heuristic would say that a q8_0 cache is many times larger than one of f16.
    expect(context[2]).toBeLessThan(context[0] ?? NaN);
  });

  it('estimates a context beyond what the model was trained for at that, where it may', async () => {
    const configurations = [configuration, { ...configuration, contextTokens: 1_000_000 }];
    const { facts, estimates } = await inspectModel({ path: model, configurations, withinTraining: true });
    expect(
      estimates.map(({ available, configuration: { contextTokens } }) => [available, contextTokens]),
    ).toEqual([
      [true, 512],
      [true, facts.contextTokens],
    ]);
  });

  it('says why when the engine can only guess, instead of passing the guess on', async () => {
    const path = folder.file('no-hyperparameters.gguf');
    await writeFile(path, tinyGguf(100_000));
    const { estimates } = await inspectModel({ path, configurations: [configuration] });
    expect(estimates[0]).toMatchObject({
      available: false,
      reason: expect.stringContaining('Failed simulating'),
    });
  });

  it('counts an adapter beside its model: its factors, and their products while a batch is computed', async () => {
    const adapterPath = folder.file('adapter.gguf');
    await writeSynthAdapter({ shape: 'tiny', path: adapterPath, rank: 8 });
    const needOf = async (more: { adapterPath?: string }) => {
      const { estimates } = await inspectModel({ path: model, configurations: [configuration], ...more });
      return estimates[0]?.available === true ? estimates[0].need : expect.fail('no estimate');
    };
    const [plain, adapted] = [await needOf({}), await needOf({ adapterPath })];
    // Every block of `tiny`: q and output 128 x 128, k and v 128 x 64, gate and up 128 x 512, down 512 x 128.
    const factors = 4 * 8 * (2 * (128 + 128) + 2 * (128 + 64) + 3 * (128 + 512)) * 4;
    expect(adapted.weightsBytes - plain.weightsBytes).toBe(factors);
    expect(adapted.contextBytes - plain.contextBytes).toBe(2 * 4 * 512 * configuration.batchTokens);
    expect(adapted.totalBytes).toBeGreaterThan(plain.totalBytes + factors);
  });

  it('refuses an adapter of another model before native code sees it', async () => {
    const adapterPath = folder.file('foreign.gguf');
    await writeSynthAdapter({ shape: 'tiny-reranker', path: adapterPath });
    await expect(
      inspectModel({ path: model, adapterPath, configurations: [configuration] }),
    ).rejects.toMatchObject({
      code: 'gguf-invalid',
      message: expect.stringContaining('qwen3'),
    });
  });

  it('refuses a truncated file before native code sees it', async () => {
    const path = folder.file('cut.gguf');
    await writeSynthModel({ shape: 'tiny', quant: 'q8_0', path });
    await truncate(path, 1_500_000);
    await expect(inspectModel({ path, configurations: [configuration] })).rejects.toMatchObject({
      code: 'gguf-invalid',
      message: expect.stringContaining('truncated'),
    });
  });

  it('ends the child when its time is up', async () => {
    await expect(
      inspectModel({ path: model, configurations: [configuration], deadlineMs: 1 }),
    ).rejects.toMatchObject({
      code: 'timeout',
    });
  });

  it('ends the child when its signal aborts, with the reason', async () => {
    const stop = new AbortController();
    const inspecting = inspectModel({ path: model, configurations: [configuration], signal: stop.signal });
    stop.abort(new TypeError('stopped'));
    await expect(inspecting).rejects.toThrow('stopped');
  });

  it('survives a child that aborts natively, and names how it ended', async () => {
    process.env['NODE_OPTIONS'] = '--max-old-space-size=8';
    await expect(inspectModel({ path: model, configurations: [configuration] })).rejects.toMatchObject({
      code: 'engine-crashed',
      retryable: true,
      message: expect.stringMatching(/SIG|exit code/),
    });
  });

  it('tells the release and the GPUs of the engine without a model', async () => {
    const { engineRelease, gpuTypes, gpus } = await inspectEngine();
    expect(engineRelease).toContain('llama.cpp');
    expect(gpus.length > 0).toBe(gpuTypes.length > 0);
  });
});
