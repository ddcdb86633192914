import { fakeClock } from '@flotilla/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeTinyModel, type TinyModel } from '../test/tiny-model.ts';
import type { Deployment } from './deployment.ts';
import { startForkedEngine } from './forked-engine.ts';
import { createServices, type Services } from './services.ts';
import { failureOf } from './testing/index.ts';

/* What a real engine process holds, against what was admitted for it. The head of a reranker reads a pair in one batch. */
vi.setConfig({ testTimeout: 120_000 });

const signal = (): AbortSignal => new AbortController().signal;
const spec = () => model.spec({ contextTokens: 2_048, sequences: 1 });
const document = 'the lamp in the hall is red and the door is open '.repeat(85);

let model: TinyModel;
/** Of the engine once loaded, with what its heap may still take. */
let needBytes: number;
beforeAll(async () => {
  model = await writeTinyModel('tiny-reranker');
  const engine = await startForkedEngine(spec(), { signal: signal() });
  needBytes = (await engine.stats()).rssBytes + 25_000_000;
  await engine.stop();
});
afterAll(() => model.remove());

const rank = (services: Services) =>
  services.rank({
    model: 'judge',
    key: 'local',
    signal: signal(),
    query: 'lamp',
    documents: [document, 'door'],
  });

async function serve(capBytes: number) {
  const clock = fakeClock();
  const services = createServices({
    startEngine: startForkedEngine,
    clock,
    readRoom: async () => ({ capBytes }),
  });
  const deployment: Deployment = {
    id: 'judge-1',
    service: 'judge',
    variant: 'tiny-reranker',
    variantDigest: 'tiny',
    defaults: {},
    needBytes,
    spec: spec(),
  };
  await services.activate(deployment, { signal: signal() });
  const admitted = (): number => services.deployments()[0]?.admittedBytes ?? 0;
  const held = async (): Promise<number> => (await services.stats('judge-1'))?.rssBytes ?? 0;
  return { services, clock, admitted, held };
}

describe('an engine that ranks', () => {
  it('holds no more than was admitted, and gives it back when nobody asks any more', async () => {
    const { services, clock, admitted, held } = await serve(needBytes + 200_000_000);
    const before = await held();
    const { scores } = await rank(services);
    expect(admitted() - needBytes).toBeGreaterThan(50_000_000);
    expect((await held()) - before).toBeGreaterThan(40_000_000);
    expect(await held()).toBeLessThan(admitted());
    while (admitted() > needBytes) {
      await clock.advance(5_000);
      await held(); // every look of the watchdog gets its answer before time goes on
    }
    await vi.waitFor(async () => expect(await held()).toBeLessThan(needBytes), { timeout: 30_000 });
    expect((await rank(services)).scores).toEqual(scores);
    await services.stop();
  });

  it('refuses to where there is no room, and holds no more than before', async () => {
    const { services, admitted, held } = await serve(needBytes + 30_000_000);
    expect(await failureOf(rank(services))).toMatchObject({
      code: 'did-not-fit',
      details: { limit: 'cap', limitBytes: 30_000_000 },
    });
    expect([admitted() - needBytes, (await held()) < needBytes]).toEqual([0, true]);
    await services.stop();
  });
});
