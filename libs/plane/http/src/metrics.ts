import { DEVICE_STATES, type DeviceState } from '@flotilla/contracts';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { SignInWay } from './sign-in-limit.ts';

/** What the control plane counts. Every label has a small, fixed set of values. */
export interface PlaneMetrics {
  httpRequest(request: { method: string; route: string; status: number; seconds: number }): void;
  /** One message of a device; `refused` ones never reach a handler. */
  mqttMessage(message: { channel: string; outcome: 'taken' | 'refused' | 'failed' }): void;
  rowsIngested(rows: number): void;
  /** A wrong token or link. */
  signInFailed(by: SignInWay): void;
  /** Prometheus text. */
  expose(): Promise<{ contentType: string; text: string }>;
}

/**
 * Metrics of this process under `flotilla_plane_*`, with Node's own (event loop delay, memory, garbage collection).
 *
 * @param options.countByState is asked at every scrape.
 */
export function createPlaneMetrics({
  countByState,
}: {
  countByState: () => Promise<Record<DeviceState, number>>;
}): PlaneMetrics {
  const registry = new Registry();
  const registers = [registry];
  // Every 10 ms, the default, would be most of what an idle process does.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 });
  const requests = new Histogram({
    name: 'flotilla_plane_http_request_duration_seconds',
    help: 'Requests to the people API and the device gateway.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  });
  const messages = new Counter({
    name: 'flotilla_plane_mqtt_messages_total',
    help: 'Messages of devices by channel and outcome.',
    labelNames: ['channel', 'outcome'] as const,
    registers,
  });
  const rows = new Counter({
    name: 'flotilla_plane_telemetry_rows_total',
    help: 'Telemetry rows taken in, those sent again included.',
    registers,
  });
  const failures = new Counter({
    name: 'flotilla_plane_sign_in_failures_total',
    help: 'Wrong access tokens, sign-in links and join tokens, by how they came.',
    labelNames: ['by'] as const,
    registers,
  });
  new Gauge({
    name: 'flotilla_plane_devices',
    help: 'Devices by state.',
    labelNames: ['state'] as const,
    registers,
    async collect() {
      const counts = await countByState();
      for (const state of DEVICE_STATES) this.set({ state }, counts[state]);
    },
  });
  return {
    httpRequest: ({ method, route, status, seconds }) =>
      requests.observe({ method, route, status: String(status) }, seconds),
    mqttMessage: ({ channel, outcome }) => messages.inc({ channel, outcome }),
    rowsIngested: (count) => rows.inc(count),
    signInFailed: (by) => failures.inc({ by }),
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
