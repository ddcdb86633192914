import type { Services } from '@flotilla/agent-serving';
import { SERVICE_STATES, type ReportedService } from '@flotilla/contracts';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface BoxMetricsOptions {
  services: Pick<Services, 'events' | 'served'>;
  readServices: () => ReportedService[];
  spoolDepth: () => number;
  isLinked: () => boolean;
}

/** `GET /metrics`: counts and durations of this process and its engines. Nothing of it names a prompt. */
export function createBoxMetrics({ services, readServices, spoolDepth, isLinked }: BoxMetricsOptions) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'flotilla_agent_' });
  const requests = new Counter({
    name: 'flotilla_requests_total',
    help: 'Requests that ended, by outcome.',
    labelNames: ['service', 'variant', 'outcome'],
    registers,
  });
  const refused = new Counter({
    name: 'flotilla_requests_refused_total',
    help: 'Requests that were turned away.',
    labelNames: ['service', 'code'],
    registers,
  });
  const tokens = new Counter({
    name: 'flotilla_tokens_total',
    help: 'Tokens in, out, and taken from the cache.',
    labelNames: ['service', 'direction'],
    registers,
  });
  const ttft = new Histogram({
    name: 'flotilla_time_to_first_token_seconds',
    help: 'From acceptance to the first token.',
    labelNames: ['service'],
    buckets: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
    registers,
  });
  const speed = new Histogram({
    name: 'flotilla_tokens_per_second',
    help: 'Decode speed of one request.',
    labelNames: ['service'],
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
    registers,
  });
  const exits = new Counter({
    name: 'flotilla_engine_exits_total',
    help: 'Engine processes that ended unexpectedly.',
    labelNames: ['service'],
    registers,
  });
  new Gauge({
    name: 'flotilla_queue_length',
    help: 'Requests that wait.',
    labelNames: ['service'],
    registers,
    collect() {
      this.reset();
      for (const { service, queued } of services.served()) this.set({ service }, queued);
    },
  });
  new Gauge({
    name: 'flotilla_service_state',
    help: '1 for the state a service is in.',
    labelNames: ['service', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { service, state } of readServices()) {
        for (const name of SERVICE_STATES) this.set({ service, state: name }, name === state ? 1 : 0);
      }
    },
  });
  new Gauge({
    name: 'flotilla_spool_rows',
    help: 'Telemetry rows that the control plane has not acknowledged.',
    registers,
    collect() {
      this.set(spoolDepth());
    },
  });
  new Gauge({
    name: 'flotilla_link_up',
    help: '1 while the line to the broker is up.',
    registers,
    collect() {
      this.set(isLinked() ? 1 : 0);
    },
  });
  services.events.on('request-finished', (request) => {
    const { service, variant, outcome } = request;
    requests.inc({ service, variant, outcome });
    tokens.inc({ service, direction: 'in' }, request.tokensIn);
    tokens.inc({ service, direction: 'out' }, request.tokensOut);
    tokens.inc({ service, direction: 'cached' }, request.cachedTokens);
    if (request.ttftMs !== undefined) ttft.observe({ service }, request.ttftMs / 1_000);
    if (request.tokensPerSecond !== undefined) speed.observe({ service }, request.tokensPerSecond);
  });
  services.events.on('request-refused', ({ service, code }) => refused.inc({ service, code }));
  services.events.on('engine-exited', ({ service, expected }) => {
    if (!expected) exits.inc({ service });
  });
  return async (): Promise<{ contentType: string; body: string }> => ({
    contentType: registry.contentType,
    body: await registry.metrics(),
  });
}
