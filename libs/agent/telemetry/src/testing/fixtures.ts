import { emptyHistogram, type ServiceUsage } from '@flotilla/contracts';
import type { NewRow } from '../spool.ts';
import type { RequestUsage } from '../usage-accumulator.ts';

export const DIGEST = 'ab'.repeat(32);

export function usageOf(requests: number): ServiceUsage {
  return {
    service: 'assistant',
    release: DIGEST,
    variant: DIGEST,
    variantName: 'harbor-1m-q8_0',
    requests,
    errors: 0,
    tokensIn: requests * 10,
    tokensOut: requests * 20,
    tokensCached: 0,
    queuePeak: 0,
    busyMs: requests * 100,
    ttftMs: emptyHistogram(),
    tokensPerSecond: emptyHistogram(),
    energy: { joules: requests, method: 'modelled' },
  };
}

/** A row of 30 s; `requests` of 0 makes one that speaks of health only. */
export function rowOf({ at = 1_000, requests = 0 }: { at?: number; requests?: number } = {}): NewRow {
  return {
    at,
    intervalMs: 30_000,
    bootId: 'boot-1',
    uptimeMs: 5_000,
    health: { cpuShare: 0.25 },
    energy: { joules: 12, method: 'modelled' },
    services: requests > 0 ? [usageOf(requests)] : [],
  };
}

export function requestOf(change: Partial<RequestUsage> = {}): RequestUsage {
  return {
    service: 'assistant',
    release: DIGEST,
    variantDigest: DIGEST,
    variant: 'harbor-1m-q8_0',
    failed: false,
    tokensIn: 10,
    tokensOut: 20,
    cachedTokens: 4,
    busyMs: 100,
    ttftMs: 12,
    tokensPerSecond: 200,
    ...change,
  };
}
