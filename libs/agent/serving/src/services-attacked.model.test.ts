import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeTinyModel, type TinyModel } from '../test/tiny-model.ts';
import { collectGeneration } from './collect.ts';
import type { Deployment } from './deployment.ts';
import { startForkedEngine } from './forked-engine.ts';
import { createServices, type Services } from './services.ts';
import { askFor, failureOf } from './testing/index.ts';

/* Real engine processes under more than they can serve at once: killed, swapped, and replaced. */
vi.setConfig({ testTimeout: 120_000 });

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
  spec: model.spec({ sequences: 8 }),
  ...changes,
});

const open = (services: Services, service: string, text: string, maxTokens: number) =>
  services.generate({ model: service, key: 'local', signal: signal(), request: askFor(text, maxTokens) });

describe('an engine that is killed under sixteen streams', () => {
  it('ends those that had text with a clean error, and the others are answered as if nothing had been', async () => {
    const services = createServices({ startEngine: startForkedEngine });
    try {
      await services.activate(deployment('a'), { signal: signal() });
      const pid = services.deployments()[0]?.engine?.pid ?? 0;
      const tokens = Array.from({ length: 16 }, () => 0);
      const answers = tokens.map(async (_, index) => {
        const { events } = open(services, 'a', `stream number ${index}`, 120);
        for await (const event of events) {
          if (event.kind === 'text') tokens[index] = (tokens[index] ?? 0) + event.tokens;
          if (event.kind === 'text' && tokens.filter((count) => count > 0).length === 8)
            process.kill(pid, 'SIGKILL');
          if (event.kind === 'finished') return event.usage.completionTokens;
        }
        return expect.fail('it ended without saying how');
      });
      const ends = await Promise.allSettled(answers);
      const failed = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
      expect(failed).toHaveLength(8);
      for (const reason of failed)
        expect(await failureOf(Promise.reject(reason as Error))).toMatchObject({
          code: 'engine-crashed',
          retryable: true,
          details: { tokensProduced: expect.any(Number) as number },
        });
      // No text came twice: what was read is what was counted.
      for (const [index, end] of ends.entries())
        if (end.status === 'fulfilled') expect([end.value, tokens[index]]).toEqual([120, 120]);
    } finally {
      await services.stop();
    }
  });
});

describe('two services under a cap that holds one', () => {
  it('are both served under load from both sides, with a load for each round at most and none under a request', async () => {
    const ROUNDS = 3;
    const services = createServices({
      startEngine: startForkedEngine,
      readRoom: async () => ({ capBytes: 300_000_000 }),
    });
    let loads = 0;
    const busyWhenSlept: number[] = [];
    services.events.on('engine-started', () => (loads += 1));
    services.events.on('service-slept', ({ service }) => {
      const slept = services.deployments().find((one) => one.service === service);
      busyWhenSlept.push(slept?.running ?? -1);
    });
    try {
      for (const service of ['a', 'b'])
        await services.activate(deployment(service, { needBytes: 170_000_000 }), { signal: signal() });
      const client = async (service: string): Promise<number[]> => {
        const counts: number[] = [];
        for (let round = 0; round < ROUNDS; round += 1) {
          const { usage } = await collectGeneration(open(services, service, `round ${round}`, 24).events);
          counts.push(usage.completionTokens);
        }
        return counts;
      };
      const clients = ['a', 'b', 'a', 'b', 'a', 'b'].map(client);
      expect((await Promise.all(clients)).flat()).toEqual(Array(6 * ROUNDS).fill(24));
      expect(loads).toBeLessThanOrEqual(2 + 2 * ROUNDS);
      expect(busyWhenSlept).toEqual(busyWhenSlept.map(() => 0));
    } finally {
      await services.stop();
    }
  });
});

describe('a service that is changed under open streams', () => {
  it('ends them where they began, and answers the next ones from the new model', async () => {
    const services = createServices({ startEngine: startForkedEngine });
    try {
      await services.activate(deployment('a'), { signal: signal() });
      const running = Array.from({ length: 8 }, (_, index) => open(services, 'a', `stream ${index}`, 400));
      const answers = running.map(({ events }) => collectGeneration(events));
      const queued = open(services, 'a', 'one that waits', 8);
      await services.activate(deployment('a', { id: 'a-2', variantDigest: 'second' }), { signal: signal() });
      expect((await Promise.all(answers)).map(({ usage }) => usage.completionTokens)).toEqual(
        Array(8).fill(400),
      );
      expect(running.map((stream) => stream.ranOn()?.deployment)).toEqual(Array(8).fill('a-1'));
      await collectGeneration(queued.events);
      const next = open(services, 'a', 'and now', 8);
      await collectGeneration(next.events);
      expect([next.ranOn()?.deployment, services.deployments().map(({ id }) => id)]).toEqual([
        'a-2',
        ['a-2'],
      ]);
    } finally {
      await services.stop();
    }
  });
});
