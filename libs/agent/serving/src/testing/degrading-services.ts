import type { DegradeKey, DegradeMemory, DegradeStep, MemoryRoom } from '@flotilla/agent-serving-core';
import { fakeClock } from '@flotilla/testkit';
import { expect } from 'vitest';
import type { Deployment } from '../deployment.ts';
import { createServices } from '../services.ts';
import { createFakeEngines, type FakeEngineOptions } from './fake-engine.ts';

/** One with four requests at once and a context that may be halved. */
export const deployment = (changes: Partial<Deployment> = {}): Deployment => ({
  id: 'one',
  service: 'assistant',
  variant: 'model-one',
  variantDigest: 'ab12',
  release: 'first',
  defaults: {},
  minContextTokens: 256,
  spec: {
    modelPath: 'one',
    modelDigest: 'one',
    contextTokens: 512,
    sequences: 4,
    batchTokens: 8,
    threads: 1,
    gpu: 'auto',
    kvCacheType: 'f16',
  },
  ...changes,
});

export function memoryOfSteps(): DegradeMemory & { kept: Map<string, readonly DegradeStep[]> } {
  const kept = new Map<string, readonly DegradeStep[]>();
  const name = ({ variantDigest, release }: DegradeKey): string => `${variantDigest} ${release}`;
  return {
    kept,
    recall: async (key) => kept.get(name(key)) ?? [],
    remember: async (key, taken) =>
      void (taken.length === 0 ? kept.delete(name(key)) : kept.set(name(key), taken)),
  };
}

/** Services on fake engines that a test lets end, with what the ladder did. */
export function degradingServices(
  options: FakeEngineOptions = {},
  degradeMemory = memoryOfSteps(),
  room: MemoryRoom = {},
) {
  const clock = fakeClock();
  const engines = createFakeEngines(options);
  let held: Promise<void> | undefined;
  let givesNothing = false;
  const services = createServices({
    startEngine: async (spec, start) => {
      await held;
      const engine = await engines.startEngine(spec, start);
      if (givesNothing) engines.latest().hold();
      return engine;
    },
    clock,
    random: () => 1,
    degradeMemory,
    readRoom: async () => room,
  });
  const events: string[] = [];
  services.events.on('engine-climbed', ({ step }) => events.push(`back from ${step.kind}`));
  services.events.on('engine-degraded', ({ step }) => events.push(step.kind));
  services.events.on('engine-broken', () => events.push('broken'));
  const crash = async (says?: string): Promise<void> => {
    const starts = engines.started.length;
    engines.latest().crash(says === undefined ? {} : { says });
    await clock.advance(10_000);
    await expect.poll(() => engines.started.length).toBe(starts + 1);
  };
  const holdStarts = (until: Promise<void>): void => void (held = until);
  const holdNext = (): void => void (givesNothing = true);
  return { clock, engines, services, events, crash, degradeMemory, holdStarts, holdNext };
}
