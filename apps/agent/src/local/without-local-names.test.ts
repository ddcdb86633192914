import { createServices, type Deployment } from '@flotilla/agent-serving';
import { createFakeEngines } from '@flotilla/agent-serving/testing';
import { UsageAccumulator } from '@flotilla/agent-telemetry';
import { TelemetryRow } from '@flotilla/contracts';
import { expect, it } from 'vitest';
import { createBoxMetrics } from '../box/box-metrics.ts';
import { noteUsage } from '../box/note-usage.ts';
import { withoutLocalNames } from './without-local-names.ts';

const deployment = (service: string, isLocal: boolean): Deployment => ({
  id: service,
  service,
  variant: isLocal ? service : 'harbor-1m-q8_0',
  variantDigest: 'ab'.repeat(32),
  isLocal,
  defaults: {},
  spec: {
    modelPath: 'x',
    modelDigest: 'x',
    contextTokens: 32,
    sequences: 1,
    batchTokens: 8,
    threads: 1,
    gpu: 'off',
    kvCacheType: 'f16',
  },
});

/** A box with a service of the fleet and two models of its own, of which each answered once. */
async function answered() {
  const { startEngine } = createFakeEngines({});
  const services = createServices({ startEngine });
  const neutral = withoutLocalNames(services);
  const usage = new UsageAccumulator();
  noteUsage({ services: neutral, usage });
  const metrics = createBoxMetrics({
    services: neutral,
    readServices: () => [],
    spoolDepth: () => 0,
    isLinked: () => false,
  });
  const told: string[] = [];
  neutral.events.onAny((name, payload) => told.push(`${name} ${JSON.stringify(payload)}`));
  const { signal } = new AbortController();
  for (const [name, isLocal] of [
    ['assistant', false],
    ['secret-plan', true],
    ['secret-diary:7b', true],
  ] as const) {
    await services.activate(deployment(name, isLocal), { signal });
    const request = {
      messages: [{ role: 'user', content: 'one two' } as const],
      tools: [],
      sampling: {},
      stop: [],
    };
    for await (const _event of services.generate({ model: name, key: 'app', signal, request }).events);
  }
  await services.retire('secret-plan', { deadlineMs: 0 });
  services.events.emit('engine-degraded', {
    ...{ service: 'secret-plan', deployment: 'secret-plan', variant: 'secret-plan' },
    ...{ variantDigest: 'ab'.repeat(32), fingerprint: 'ab'.repeat(32), release: undefined, isLocal: true },
    step: {
      ...{ kind: 'fewer-sequences', sequences: 1, contextTokens: 32, gpu: 'off', at: 0 },
      reason: '2 to 1 parallel requests: loading /box/secret-plan.gguf failed',
    },
  });
  return { services, usage, metrics, told };
}

it('counts all local models as one, and names none of them', async () => {
  const { usage, metrics, told, services } = await answered();
  const entries = usage.take();
  expect(entries.map(({ service, requests, variantName }) => [service, requests, variantName])).toEqual([
    ['assistant', 1, 'harbor-1m-q8_0'],
    ['local', 2, 'local'],
  ]);
  const { body } = await metrics();
  expect(body).toContain('flotilla_requests_total{service="local"');
  expect(body).toContain('flotilla_queue_length{service="local"} 0');
  for (const text of [JSON.stringify(entries), body, ...told]) {
    expect(text).not.toContain('secret');
  }
  expect(told.join()).toContain('"kind":"fewer-sequences"');
  expect(told.filter((line) => line.includes('"service":"local"')).length).toBeGreaterThan(3);
  await services.stop();
});

it('is what a control plane takes as a row of telemetry', async () => {
  const { usage, services } = await answered();
  const energy = { joules: 1, method: 'modelled' };
  const row = TelemetryRow.parse({
    sequence: 1,
    at: 0,
    intervalMs: 1,
    bootId: 'boot',
    uptimeMs: 1,
    health: {},
    energy,
    services: usage.take().map((entry) => ({ ...entry, energy })),
  });
  expect(row.services.map(({ service }) => service)).toEqual(['assistant', 'local']);
  await services.stop();
});
