import { Worker } from 'node:worker_threads';

import { FlotillaError } from '@flotilla/contracts';

/** Source runs as .ts through type stripping, an installed package as .js. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './bandwidth-worker.ts' : './bandwidth-worker.js',
  import.meta.url,
);
const MIB = 1024 * 1024;
const DURATION_MS = 100;

export interface MeasureBandwidthOptions {
  /** Worker threads that copy at once, at most 4: one core rarely fills the memory bus, and more than four add little. */
  threads: number;
  /** Free memory, so that the buffers (at most 32 MiB per thread) stay a small part of a small box. */
  availableBytes: number;
}

/**
 * Bytes read plus written per second when several threads copy buffers larger than most caches. It comes within some
 * tenths of what decoding can reach, in about 100 ms beside the start of the threads, and leaves the event loop alone.
 */
export async function measureBandwidth({
  threads,
  availableBytes,
}: MeasureBandwidthOptions): Promise<number> {
  const count = Math.max(1, Math.min(4, Math.floor(threads)));
  const bytes = Math.floor(Math.max(1 * MIB, Math.min(16 * MIB, availableBytes / 64)));
  const start = new SharedArrayBuffer(4);
  const workers = Array.from(
    { length: count },
    () => new Worker(WORKER, { workerData: { bytes, durationMs: DURATION_MS, start }, execArgv: [] }),
  );
  try {
    await Promise.all(workers.map((worker) => messageOf(worker)));
    const results = workers.map((worker) => messageOf(worker));
    Atomics.store(new Int32Array(start), 0, 1);
    Atomics.notify(new Int32Array(start), 0);
    const rates = (await Promise.all(results)).map(rateOf);
    return Math.round(rates.reduce((sum, rate) => sum + rate, 0));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function messageOf(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

function rateOf(message: unknown): number {
  if (typeof message === 'object' && message !== null && 'moved' in message && 'elapsed' in message) {
    return (Number(message.moved) / Number(message.elapsed)) * 1000;
  }
  throw new FlotillaError('internal', 'A bandwidth worker answered something else than its measurement.');
}
