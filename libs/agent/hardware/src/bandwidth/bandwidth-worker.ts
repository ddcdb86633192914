import { parentPort, workerData } from 'node:worker_threads';

/*
 * Copies between two buffers for a moment and tells how much it moved. All workers wait on one shared word, so that
 * they copy at the same time and share the memory bus as an engine's threads do.
 */
const { bytes, durationMs, start } = workerData as {
  bytes: number;
  durationMs: number;
  start: SharedArrayBuffer;
};
const from = new Uint8Array(bytes).fill(1);
const to = new Uint8Array(bytes).fill(2); // both are touched once: page faults are not bandwidth

parentPort?.postMessage('ready');
Atomics.wait(new Int32Array(start), 0, 0);

const begun = performance.now();
let moved = 0;
let elapsed = 0;
do {
  to.set(from);
  moved += 2 * bytes;
  elapsed = performance.now() - begun;
} while (elapsed < durationMs);
parentPort?.postMessage({ moved, elapsed });
