import { emptyHistogram, LIMITS, observe, type Energy, type ServiceUsage } from '@flotilla/contracts';

/** One request that ended: counts and durations, never text. */
export interface RequestUsage {
  service: string;
  /** Digest; absent for what serves without a release. */
  release: string | undefined;
  variantDigest: string;
  variant: string;
  failed: boolean;
  tokensIn: number;
  tokensOut: number;
  cachedTokens: number;
  busyMs: number;
  ttftMs: number | undefined;
  tokensPerSecond: number | undefined;
}

const NO_RELEASE = '0'.repeat(64);

type Counted = Omit<ServiceUsage, 'energy'>;

/**
 * Adds up what the services did since the last `take`. In memory only: a kill loses the running interval, no more.
 * A service whose release changes within an interval has one entry per release.
 */
export class UsageAccumulator {
  #entries = new Map<string, Counted>();
  #queues = new Map<string, number>();
  #refused = new Map<string, number>();

  noteRequest(request: RequestUsage): void {
    const release = request.release ?? NO_RELEASE;
    const key = `${request.service} ${release} ${request.variantDigest}`;
    const entry = this.#entries.get(key) ?? startEntry(request, release);
    this.#entries.set(key, {
      ...entry,
      requests: entry.requests + 1,
      errors: entry.errors + (request.failed ? 1 : 0),
      tokensIn: entry.tokensIn + request.tokensIn,
      tokensOut: entry.tokensOut + request.tokensOut,
      tokensCached: entry.tokensCached + request.cachedTokens,
      busyMs: entry.busyMs + Math.max(0, Math.round(request.busyMs)),
      ttftMs: request.ttftMs === undefined ? entry.ttftMs : observe(entry.ttftMs, request.ttftMs),
      tokensPerSecond:
        request.tokensPerSecond === undefined
          ? entry.tokensPerSecond
          : observe(entry.tokensPerSecond, request.tokensPerSecond),
    });
  }

  /** A request that was turned away; it counts as a failed one of whatever the service runs. */
  noteRefused(service: string): void {
    this.#refused.set(service, (this.#refused.get(service) ?? 0) + 1);
  }

  noteQueue(service: string, length: number): void {
    this.#queues.set(service, Math.max(this.#queues.get(service) ?? 0, length));
  }

  /** What was counted, and starts from nothing. Refusals of a service without any answered request are kept. */
  take(): Counted[] {
    const entries = [...this.#entries.values()].slice(0, LIMITS.servicesPerDevice).map((entry) => {
      const refused = this.#refused.get(entry.service) ?? 0;
      this.#refused.delete(entry.service); // on the first of its entries only
      return {
        ...entry,
        requests: entry.requests + refused,
        errors: entry.errors + refused,
        queuePeak: this.#queues.get(entry.service) ?? 0,
      };
    });
    this.#entries = new Map();
    this.#queues = new Map();
    return entries;
  }
}

/**
 * The energy of the box split over its services by the time each kept an engine busy. What is left over, while no
 * engine worked, belongs to nobody.
 */
export function splitEnergy({
  usages,
  energy,
  intervalMs,
}: {
  usages: readonly Counted[];
  energy: Energy;
  intervalMs: number;
}): ServiceUsage[] {
  const busyMs = usages.reduce((sum, usage) => sum + usage.busyMs, 0);
  const caused = intervalMs <= 0 ? 0 : energy.joules * Math.min(1, busyMs / intervalMs);
  return usages.map((usage) => ({
    ...usage,
    energy: { joules: busyMs === 0 ? 0 : (caused * usage.busyMs) / busyMs, method: energy.method },
  }));
}

function startEntry({ service, variant, variantDigest }: RequestUsage, release: string): Counted {
  return {
    service,
    release,
    variant: variantDigest,
    variantName: variant,
    requests: 0,
    errors: 0,
    tokensIn: 0,
    tokensOut: 0,
    tokensCached: 0,
    queuePeak: 0,
    busyMs: 0,
    ttftMs: emptyHistogram(),
    tokensPerSecond: emptyHistogram(),
  };
}
