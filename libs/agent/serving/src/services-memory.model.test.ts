import { fakeClock, isAlive } from '@flotilla/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeTinyModel, type TinyModel } from '../test/tiny-model.ts';
import { collectGeneration } from './collect.ts';
import type { Deployment } from './deployment.ts';
import { startForkedEngine } from './forked-engine.ts';
import { createServices, type Services } from './services.ts';
import { askFor } from './testing/index.ts';

/* Real engine processes that sleep, are killed and hang. */
let model: TinyModel;
beforeAll(async () => {
  model = await writeTinyModel();
});
afterAll(() => model.remove());

const signal = (): AbortSignal => new AbortController().signal;

const deployment = (service: string, changes: Partial<Deployment> = {}): Deployment => ({
  id: `${service}-1`,
  service,
  variant: `tiny-${service}`,
  variantDigest: service,
  defaults: {},
  spec: model.spec({ sequences: 4 }),
  ...changes,
});

const ask = (services: Services, service: string, maxTokens = 8) =>
  collectGeneration(
    services.generate({ model: service, key: 'local', signal: signal(), request: askFor('hello', maxTokens) })
      .events,
  );

describe('two services under a cap that holds one', () => {
  it('answer in turn, one engine process at a time', async () => {
    const services = createServices({
      startEngine: startForkedEngine,
      readRoom: async () => ({ capBytes: 300_000_000 }),
    });
    const pids: number[] = [];
    services.events.on('engine-started', ({ info }) => pids.push(info.pid));
    try {
      const needBytes = 170_000_000;
      await services.activate(deployment('a', { needBytes }), { signal: signal() });
      await services.activate(deployment('b', { needBytes }), { signal: signal() });
      const [first, second] = [ask(services, 'b'), ask(services, 'a')];
      const third = ask(services, 'a');
      expect((await Promise.all([first, second, third])).map(({ usage }) => usage.completionTokens)).toEqual([
        8, 8, 8,
      ]);
      expect(services.deployments().map(({ service, stage }) => [service, stage])).toEqual([
        ['a', 'serving'],
        ['b', 'sleeping'],
      ]);
      expect(pids).toHaveLength(3);
      expect(pids.map(isAlive)).toEqual([false, false, true]);
    } finally {
      await services.stop();
    }
  });
});

describe('an engine process', () => {
  it('that is killed again and again is opened with fewer sequences, and answers', async () => {
    const services = createServices({ startEngine: startForkedEngine, random: () => 0 });
    try {
      await services.activate(deployment('a'), { signal: signal() });
      for (const sequences of [4, 2]) {
        const killed = services.deployments()[0]?.engine?.pid ?? 0;
        process.kill(killed, 'SIGKILL');
        await vi.waitFor(
          () => {
            const engine = services.deployments()[0]?.engine;
            expect([engine?.pid === killed, engine?.sequences]).toEqual([false, sequences]);
          },
          { timeout: 60_000 },
        );
      }
      expect((await ask(services, 'a')).usage.completionTokens).toBe(8);
      expect(services.deployments()[0]?.degraded).toMatchObject([{ kind: 'fewer-sequences', sequences: 2 }]);
    } finally {
      await services.stop();
    }
  });

  it('that was opened lower climbs back while it answers', async () => {
    const clock = fakeClock();
    const pids: number[] = [];
    const services = createServices({
      startEngine: (spec, options) =>
        startForkedEngine(spec, {
          ...options,
          onForked(pid) {
            options.onForked?.(pid);
            pids.push(pid);
          },
        }),
      clock,
      random: () => 0,
    });
    try {
      await services.activate(deployment('a'), { signal: signal() });
      for (const ended of [1, 2]) {
        process.kill(services.deployments()[0]?.engine?.pid ?? 0, 'SIGKILL');
        await vi.waitFor(
          () => expect([pids.length, services.deployments()[0]?.stage]).toEqual([ended + 1, 'serving']),
          { timeout: 60_000 },
        );
      }
      expect(services.deployments()[0]?.sequences).toBe(2);
      const climbed = new Promise<void>((resolve) => services.events.on('engine-climbed', () => resolve()));
      // Every look of the watchdog gets its answer before time goes on.
      while (pids.length < 4) {
        await clock.advance(5_000);
        await services.stats('a-1');
      }
      const [whileItLoads] = await Promise.all([ask(services, 'a', 200), climbed]);
      expect(whileItLoads.usage.completionTokens).toBe(200);
      expect((await ask(services, 'a')).usage.completionTokens).toBe(8);
      expect(services.deployments()[0]).toMatchObject({ stage: 'serving', sequences: 4, degraded: [] });
      await clock.advance(2_000);
      await vi.waitFor(() => expect(pids.map(isAlive)).toEqual([false, false, false, true]));
    } finally {
      await services.stop();
    }
  });

  it('that is stopped and gives no answer is killed, and the request that waited is answered by the next', async () => {
    const clock = fakeClock();
    const services = createServices({ startEngine: startForkedEngine, clock, random: () => 0 });
    try {
      await services.activate(deployment('a'), { signal: signal() });
      const stopped = services.deployments()[0]?.engine?.pid ?? 0;
      process.kill(stopped, 'SIGSTOP');
      const answer = ask(services, 'a');
      await clock.advance(70_000);
      expect((await answer).usage.completionTokens).toBe(8);
      expect(isAlive(stopped)).toBe(false);
      expect(services.deployments()[0]).toMatchObject({
        stage: 'serving',
        restarts: 1,
        lastFailure: expect.stringContaining('gave no answer') as string,
      });
    } finally {
      await services.stop();
    }
  });

  it('that answers is left alone, whatever it computes', async () => {
    const services = createServices({ startEngine: startForkedEngine });
    let exits = 0;
    try {
      await services.activate(deployment('a'), { signal: signal() });
      services.events.on('engine-exited', () => (exits += 1));
      const answers = await Promise.all(['a', 'a', 'a', 'a'].map((service) => ask(services, service, 400)));
      expect(answers.map(({ usage }) => usage.completionTokens)).toEqual([400, 400, 400, 400]);
      expect(exits).toBe(0);
    } finally {
      await services.stop();
    }
  });
});
