import { FlotillaError, type Candidate, type Release } from '@flotilla/contracts';
import { fakeClock, tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { releaseOf } from '../../test/synth-candidates.ts';
import { publish, tinyGguf, type Published } from '../../test/test-models.ts';
import type { GatewayClient } from '../gateway/gateway.ts';
import type { InspectModel } from '../inspect/inspection.ts';
import { createModelStore } from '../store/create-model-store.ts';
import { createMeasurementsFile } from './measurements-file.ts';
import type { Measurements } from './measurements.ts';
import type { ResolveVariantOptions, ResolveVariantResult } from './resolved-variant.ts';
import { resolveVariant } from './resolve-variant.ts';

const MB = 1_000_000;
const ENGINE = { engineRelease: 'engine 1', gpuTypes: [], gpus: [] };

const models = [1, 2, 3].map((seed) => publish(tinyGguf(300_000, { seed })));
const [first, second, third] = models as [Published, Published, Published];

function candidateOf({ manifest, model }: Published, variant: string): Candidate {
  const facts = { architecture: 'llama', quantization: 'F16' };
  return { ...model, variant, modelId: variant, bytes: manifest.bytes, quantization: 'F16', facts };
}
const release = (intent: Partial<Release['intent']> = {}): Release =>
  releaseOf([candidateOf(first, 'first'), candidateOf(second, 'second')], intent);

/** A gateway in memory that can be away. */
function memoryGateway(): GatewayClient & { away: boolean } {
  const gateway = {
    away: false,
    async get({ path }: { path: string }) {
      if (gateway.away) throw new FlotillaError('offline', 'the gateway is away');
      return models.find(({ model }) => path.endsWith(model.manifestDigest))?.manifestBytes;
    },
    async post() {
      return undefined;
    },
    async *readRange({ digest, offset, length }: { digest: string; offset: number; length: number }) {
      const found = models.find(({ model }) => model.digest === digest);
      if (found !== undefined) yield found.bytes.subarray(offset, offset + length);
    },
    async close() {},
  };
  return gateway;
}

/** An engine that takes the same memory in every configuration. */
const taking =
  (megabytes: number): InspectModel =>
  async ({ configurations }) => ({
    ...ENGINE,
    facts: { architecture: 'llama', quantization: 'F16' },
    estimates: configurations.map((configuration) => ({
      configuration,
      available: true,
      need: { weightsBytes: 0, contextBytes: 0, totalBytes: megabytes * MB },
    })),
  });

let folder: TempFolder;
let measurements: Measurements;
let gateway: ReturnType<typeof memoryGateway>;

beforeEach(async () => {
  folder = await tempFolder({ name: 'resolve' });
  measurements = createMeasurementsFile({ path: folder.file('measured.json'), clock: fakeClock() });
  gateway = memoryGateway();
});
afterEach(() => folder.remove());

function resolve(change: Partial<ResolveVariantOptions> = {}): Promise<ResolveVariantResult> {
  return resolveVariant({
    release: release(),
    releaseDigest: 'f'.repeat(64),
    facts: {
      v: 1,
      at: 0,
      os: { platform: 'linux' },
      cpu: { arch: 'x64', cores: 4, usableCores: 4, instructionSets: [] },
      memory: { totalBytes: 8000 * MB, availableBytes: 8000 * MB },
      gpus: [],
      unknown: [],
    },
    policy: { memoryCapBytes: 500 * MB },
    client: gateway,
    store: createModelStore({ folder: folder.file('store'), reserveBytes: 0 }),
    inspect: taking(400),
    measurements,
    clock: fakeClock(),
    signal: AbortSignal.timeout(60_000),
    ...change,
  });
}

/** One answer or failure per call, the last one for all that follow. */
function inSequence(...answers: (InspectModel | FlotillaError)[]): InspectModel & { calls: number } {
  const inspect = async (options: Parameters<InspectModel>[0]) => {
    const answer = answers[Math.min(inspect.calls, answers.length - 1)];
    inspect.calls += 1;
    if (answer === undefined || answer instanceof FlotillaError) throw answer ?? new TypeError('no answer');
    return answer(options);
  };
  inspect.calls = 0;
  return inspect;
}

const crash = new FlotillaError('engine-crashed', 'Inspecting ended its process (SIGABRT).');

describe('resolving a release with an adapter', () => {
  const plain = candidateOf(first, 'first');
  const adapter = { ...third.model, name: 'third', bytes: third.manifest.bytes, scale: 1 };
  const adapted = releaseOf([{ ...plain, adapter }]);

  it('looks at the model with its adapter, of both as much as their headers need', async () => {
    const asked: Parameters<InspectModel>[0][] = [];
    const inspect: InspectModel = async (options) => {
      asked.push(options);
      return taking(400)(options);
    };
    const { choice } = await resolve({ release: adapted, inspect });
    expect(choice?.candidate.adapter).toEqual(adapter);
    expect(asked.map(({ path, adapterPath }) => [path, adapterPath].map((at) => at?.slice(-64)))).toEqual([
      [first.model.digest, third.model.digest],
    ]);
  });

  it('is corrected by what was seen of the model with that adapter alone', async () => {
    const { configuration } = (await resolve({ release: adapted })).choice ?? expect.fail('no choice');
    const seen = { digest: first.model.digest, engineRelease: ENGINE.engineRelease, configuration };
    await measurements.record({ ...seen, adapter: adapter.digest, actualBytes: 450 * MB });
    const needOf = async (release: Release) => (await resolve({ release })).choice?.need.totalBytes;
    expect(await needOf(adapted)).toBe(450 * MB);
    // To the plain model it is one of the others: its excess is carried over.
    expect((await measurements.all()).map((row) => row.adapter)).toEqual([adapter.digest]);
    await measurements.record({ ...seen, estimatedBytes: 400 * MB, actualBytes: 410 * MB });
    expect(await needOf(releaseOf([plain]))).toBe(410 * MB);
  });

  it('counts the adapter against the memory before anything is fetched', async () => {
    const policy = { memoryCapBytes: first.manifest.bytes + 1 };
    gateway.away = true;
    const { resolution } = await resolve({ release: adapted, policy });
    expect(resolution.candidates[0]).toMatchObject({ verdict: 'rejected', constraint: 'memory' });
  });
});

describe('resolving a release on this device', () => {
  it('passes to the next candidate over one whose header the engine cannot read', async () => {
    const inspect = inSequence(new FlotillaError('gguf-invalid', 'The engine cannot read it.'), taking(400));
    const { resolution } = await resolve({ inspect });
    expect(resolution.candidates[0]).toMatchObject({
      constraint: 'architecture',
      reason: 'The engine cannot read it.',
    });
    expect(resolution.chosen).toBe('second');
  });

  it('tries once more after a crash, which a passing shortage of memory may have caused', async () => {
    const inspect = inSequence(crash, taking(400));
    expect((await resolve({ inspect })).resolution.chosen).toBe('first');
    expect(inspect.calls).toBe(2);
  });

  it('holds a second crash against the candidate', async () => {
    const { resolution } = await resolve({ inspect: inSequence(crash, crash, taking(400)) });
    expect(resolution.candidates[0]).toMatchObject({ verdict: 'rejected', reason: crash.message });
    expect(resolution.chosen).toBe('second');
  });

  it('judges nobody while the gateway is away', async () => {
    gateway.away = true;
    await expect(resolve()).rejects.toMatchObject({ code: 'offline', retryable: true });
  });

  it('names the disk where a candidate would not leave the reserve', async () => {
    const store = createModelStore({ folder: folder.file('store'), reserveBytes: 1e15 });
    const { resolution, choice } = await resolve({ store });
    expect(choice).toBeUndefined();
    expect(resolution.candidates.map(({ constraint }) => constraint)).toEqual(['disk', 'disk']);
  });

  it('rejects a candidate of which the engine could only guess the memory', async () => {
    const guessing: InspectModel = async ({ configurations }) => ({
      ...ENGINE,
      facts: { architecture: 'llama', quantization: 'F16' },
      estimates: configurations.map((configuration) => ({
        configuration,
        available: false,
        reason: 'it fell back',
      })),
    });
    const { resolution } = await resolve({ inspect: inSequence(guessing, taking(400)) });
    expect(resolution.candidates[0]?.reason).toContain('has no estimate of its memory: it fell back');
    expect(resolution.chosen).toBe('second');
  });

  it('stores its estimate, and believes what was then measured where that is more', async () => {
    const { choice } = await resolve();
    const key = {
      digest: first.model.digest,
      engineRelease: ENGINE.engineRelease,
      configuration: choice?.configuration,
    };
    if (key.configuration === undefined) return expect.fail('nothing was chosen');
    const known = { ...key, configuration: key.configuration };
    expect(await measurements.find(known)).toMatchObject({ estimatedBytes: 400 * MB });
    await measurements.record({ ...known, actualBytes: 600 * MB });
    const again = await resolve();
    // The same factor is expected of every other model and configuration here.
    expect(again.resolution.candidates[0]).toMatchObject({ verdict: 'rejected', constraint: 'memory' });
    expect(again.choice).toBeUndefined();
  });

  it('holds a measured speed against a promise that it breaks', async () => {
    const intent = { minTokensPerSecond: 20 };
    const { choice } = await resolve({ release: release(intent) });
    if (choice === undefined) return expect.fail('nothing was chosen');
    await measurements.record({
      digest: first.model.digest,
      engineRelease: ENGINE.engineRelease,
      configuration: choice.configuration,
      tokensPerSecond: 12,
    });
    const { resolution } = await resolve({ release: release(intent) });
    expect(resolution.candidates[0]).toMatchObject({
      constraint: 'speed',
      reason: 'was measured at 12 tokens/s here, 20 are asked for.',
    });
  });

  it('counts what the replaced engine gives back and what other services hold', async () => {
    const policy = {};
    const facts = { memory: { totalBytes: 1000 * MB, availableBytes: 100 * MB } };
    const box = {
      v: 1 as const,
      at: 0,
      os: { platform: 'linux' },
      cpu: { arch: 'x64', cores: 1, usableCores: 1, instructionSets: [] },
      gpus: [],
      unknown: [],
      ...facts,
    };
    expect((await resolve({ policy, facts: box })).choice).toBeUndefined();
    expect((await resolve({ policy, facts: box, replacedBytes: 400 * MB })).choice).toBeDefined();
    expect(
      (await resolve({ policy, facts: box, replacedBytes: 400 * MB, otherServicesBytes: 600 * MB })).choice,
    ).toBeUndefined();
  });

  it('stops with the reason of its signal', async () => {
    await expect(resolve({ signal: AbortSignal.abort(new TypeError('stopped')) })).rejects.toThrow('stopped');
  });
});
