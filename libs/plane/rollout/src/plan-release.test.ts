import type { Candidate, ReportedService } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { planRelease } from './plan-release.ts';

const file = (name: string, bytes: number) => ({
  digest: name.padEnd(64, '0'),
  manifestDigest: name.padEnd(64, '1'),
  bytes,
});
const adapter = (name: string, scale = 1) => ({ ...file(name, 30), name, scale });
const MODEL: Candidate = {
  ...file('a', 1_000),
  variant: 'model-q8_0',
  modelId: 'model',
  quantization: 'Q8_0',
  facts: { architecture: 'llama', quantization: 'Q8_0' },
};

/** What a device that serves the model with, or without, an adapter would have to fetch. */
async function planOf(wanted: Candidate['adapter'], served: ReportedService['adapter'] | undefined) {
  const reported = {
    service: 'assistant',
    state: 'serving' as const,
    variant: { digest: MODEL.digest, name: MODEL.variant, quantization: 'Q8_0' },
    engine: { contextTokens: 512, sequences: 1, actualBytes: 400 },
    ...(served === undefined ? {} : { adapter: served }),
  };
  const device = { id: 'd-1', name: 'box', facts: {}, policy: {}, reported: { services: [reported] } };
  const candidates = [wanted === undefined ? MODEL : { ...MODEL, adapter: wanted }];
  const [line] = await planRelease({
    release: {
      release: { service: 'assistant', requires: [], intent: {}, candidates },
    } as never,
    devices: (async function* () {
      yield device as never;
    })(),
    prefilter: () => ({
      fits: true,
      need: { weightsBytes: 1, contextBytes: 1, totalBytes: 500 },
      allowedBytes: 1_000,
    }),
  });
  return { change: line?.change, downloadBytes: line?.downloadBytes };
}

describe('the plan of a change of adapter', () => {
  it('fetches the adapter alone, beside what serves', async () => {
    expect(await planOf(adapter('b'), undefined)).toEqual({ change: 'beside', downloadBytes: 30 });
    expect(await planOf(adapter('b'), adapter('c'))).toEqual({ change: 'beside', downloadBytes: 30 });
  });

  it('fetches nothing where it is taken away, or applied more strongly', async () => {
    expect(await planOf(undefined, adapter('b'))).toEqual({ change: 'beside', downloadBytes: 0 });
    expect(await planOf(adapter('b', 2), adapter('b'))).toEqual({ change: 'beside', downloadBytes: 0 });
  });

  it('is no change where the same one serves', async () => {
    expect(await planOf(adapter('b'), adapter('b'))).toEqual({ change: 'none', downloadBytes: 0 });
    expect(await planOf(undefined, undefined)).toEqual({ change: 'none', downloadBytes: 0 });
  });
});
