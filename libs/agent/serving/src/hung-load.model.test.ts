import { fakeClock, isAlive } from '@flotilla/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { passUntil } from '../test/pass-until.ts';
import { writeTinyModel, type TinyModel } from '../test/tiny-model.ts';
import type { Deployment } from './deployment.ts';
import type { StartEngine } from './engine.ts';
import { startForkedEngine } from './forked-engine.ts';
import { createServices } from './services.ts';
import { failureOf } from './testing/index.ts';

/* Real engine processes that are stopped before they are ready. */
vi.setConfig({ testTimeout: 120_000 });

let model: TinyModel;
beforeAll(async () => {
  model = await writeTinyModel();
});
afterAll(() => model.remove());

const signal = (): AbortSignal => new AbortController().signal;

function setUp(onForked: (pid: number) => void = () => undefined) {
  const pids: number[] = [];
  const startEngine: StartEngine = (spec, options) =>
    startForkedEngine(spec, {
      ...options,
      onForked(pid) {
        options.onForked?.(pid);
        pids.push(pid);
        onForked(pid);
      },
    });
  const clock = fakeClock();
  const services = createServices({ startEngine, clock, random: () => 0 });
  const told: string[] = [];
  services.events.on('engine-exited', ({ signal: by, log }) => told.push(`${by}: ${log.at(-1)}`));
  services.events.on('engine-degraded', ({ step }) => told.push(step.kind));
  const deployment = (changes: Partial<Deployment['spec']> = {}): Deployment => ({
    id: 'one',
    service: 'assistant',
    variant: 'tiny',
    variantDigest: 'tiny',
    defaults: {},
    spec: model.spec(changes),
  });
  return { services, clock, pids, told, deployment };
}

const HUNG = expect.stringMatching(/SIGKILL: .*read and computed nothing for 24 looks/) as string;

describe('an engine process that does not get ready', () => {
  it('is ended when it stands still, and the next one serves', async () => {
    const { services, clock, pids, told, deployment } = setUp((pid) => {
      if (pids.length === 1) process.kill(pid, 'SIGSTOP');
    });
    const activated = services.activate(deployment(), { signal: signal() });
    await passUntil(() => told.length === 1, clock);
    await activated;
    expect(services.deployments()[0]).toMatchObject({ stage: 'serving', degraded: [] });
    expect([pids.map(isAlive), told]).toEqual([[false, true], [HUNG]]);
    await services.stop();
  });

  it('is opened lower when it stands still again, and given up in the end with what was seen', async () => {
    const { services, clock, pids, told, deployment } = setUp((pid) => process.kill(pid, 'SIGSTOP'));
    const failure = failureOf(services.activate(deployment(), { signal: signal() }));
    await passUntil(() => told.length === 6, clock);
    expect(await failure).toMatchObject({ code: 'timeout', retryable: true });
    expect(told).toEqual([HUNG, HUNG, 'fewer-sequences', HUNG, 'fewer-sequences', HUNG]);
    expect(pids.some(isAlive)).toBe(false);
  });

  it('counts as another end where it was to replace one that crashed', async () => {
    const { services, clock, pids, told, deployment } = setUp((pid) => {
      if (pids.length === 2) process.kill(pid, 'SIGSTOP');
    });
    await services.activate(deployment(), { signal: signal() });
    process.kill(pids[0] ?? 0, 'SIGKILL');
    await passUntil(() => told.length === 3, clock);
    // The third is started at once. No time passes while it loads: a fast turn would find it standing still.
    await expect.poll(() => services.deployments()[0]?.stage, { timeout: 60_000 }).toBe('serving');
    expect(services.deployments()[0]).toMatchObject({ sequences: 2, restarts: 1 });
    expect(told).toEqual([expect.stringContaining('SIGKILL') as string, HUNG, 'fewer-sequences']);
    await services.stop();
  });
});
