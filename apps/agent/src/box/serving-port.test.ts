import { createServices, type StartEngine } from '@flotilla/agent-serving';
import { createFakeEngines } from '@flotilla/agent-serving/testing';
import type { ServiceRecord } from '@flotilla/agent-reconcile';
import { Release } from '@flotilla/contracts';
import { fakeClock } from '@flotilla/testkit';
import { expect, it } from 'vitest';
import { createServingPort } from './serving-port.ts';

const UNSUPPORTED = 'CUDA error: the provided PTX was compiled with an unsupported toolchain.';
const prompt = {
  id: 'hello',
  messages: [{ role: 'user' as const, content: 'Hi' }],
  maxTokens: 8,
  expect: { kind: 'exact' as const, value: 'Hi' },
};

const DIGEST = 'ab'.repeat(32);
const RELEASE = Release.parse({
  v: 1,
  service: 'assistant',
  revision: 1,
  createdAt: 0,
  requires: [],
  intent: { contextTokens: 512 },
  sampling: {},
  candidates: [
    {
      variant: 'small-q8_0',
      modelId: 'small',
      digest: DIGEST,
      manifestDigest: 'cd'.repeat(32),
      bytes: 100,
      quantization: 'Q8_0',
      facts: { architecture: 'llama', quantization: 'Q8_0' },
    },
  ],
  goldenPrompts: [prompt],
});

function recordOf(sequences: number): ServiceRecord {
  const release = 'ef'.repeat(32);
  return {
    service: 'assistant',
    release,
    revision: 1,
    placement: {
      variant: 'small-q8_0',
      digest: DIGEST,
      manifestDigest: 'cd'.repeat(32),
      bytes: 100,
      quantization: 'Q8_0',
      need: { weightsBytes: 100, contextBytes: 100, totalBytes: 200 },
      contextTokens: 512,
      sequences,
      batchTokens: 64,
      kvType: 'f16',
    },
    resolution: { at: 0, release, chosen: 'small-q8_0', candidates: [] },
    limitsKey: 'limits',
  };
}

/** A box whose engines give no answer, but for those on the processor where `processorAnswers`. */
function setUp({ processorAnswers }: { processorAnswers: boolean }) {
  const clock = fakeClock();
  const engines = createFakeEngines({ info: { gpuLayers: 8 } });
  const startEngine: StartEngine = async (spec, options) => {
    const engine = await engines.startEngine(spec, options);
    if (spec.gpu === 'auto' || !processorAnswers) engines.latest().hold();
    return engine;
  };
  const services = createServices({ startEngine, clock, random: () => 1 });
  const port = createServingPort({
    services,
    filePath: async () => '/model.gguf',
    threads: async () => 1,
    usableCores: async () => 1,
    gpu: 'auto',
    prefixFolder: '/prefixes',
    claimNames: async () => undefined,
  });
  /** The engine ends under the request that it runs. */
  const crash = async (says: string): Promise<void> => {
    await expect.poll(() => engines.latest().running).toBe(1);
    engines.latest().crash({ says });
    await clock.advance(10_000);
  };
  return { engines, port, services, crash };
}

it('asks a golden prompt again while the engine steps down the ladder', async () => {
  const { engines, port, services, crash } = setUp({ processorAnswers: true });
  const { signal } = new AbortController();
  const record = recordOf(4);
  await port.load(record, RELEASE, { signal });
  const answer = port.ask(record, prompt, { signal });
  await crash(UNSUPPORTED);
  await crash(UNSUPPORTED);
  expect(await answer).toBe('Hi');
  expect(engines.latest().spec).toMatchObject({ gpu: 'off', sequences: 4 });
  await services.stop();
});

it('gives up where no rung is left', async () => {
  const { port, services, crash } = setUp({ processorAnswers: false });
  const { signal } = new AbortController();
  const record = recordOf(1);
  await port.load(record, RELEASE, { signal });
  const answer = port.ask(record, prompt, { signal });
  answer.catch(() => undefined);
  while (services.deployments()[0]?.stage !== 'broken') await crash('CUDA error: out of memory');
  await expect(answer).rejects.toMatchObject({ code: 'engine-crashed' });
  expect(services.deployments()[0]?.degraded.map(({ kind }) => kind)).toEqual([
    'fewer-gpu-layers',
    'fewer-gpu-layers',
    'cpu',
  ]);
  await services.stop();
});
