import { oneAtATime } from '@flotilla/kernel';
import type { LlamaContextSequence } from 'node-llama-cpp';
import { describe, expect, it } from 'vitest';
import type { Job } from './job.ts';
import { createScheduler } from './scheduler.ts';

describe('a request that is cancelled while its sequence is made ready', () => {
  it('reads nothing, and leaves the sequence to the next one', async () => {
    const ready = Promise.withResolvers<void>();
    const sequence = {
      contextTokens: [],
      nextTokenIndex: 0,
      adaptStateToTokens: () => ready.promise,
      clearHistory: async () => undefined,
    } as unknown as LlamaContextSequence;
    const told: string[] = [];
    const scheduler = createScheduler({
      sequences: [sequence],
      batchTokens: 8,
      now: () => 0,
      compute: oneAtATime(),
      report: (events) => told.push(...events.map(({ kind, id }) => `${kind} ${id}`)),
    });
    const job = (id: number): Job =>
      ({
        id,
        request: {},
        prompt: [1, 2],
        begin: () => ({ kind: 'started', id, promptTokens: 2, cachedTokens: 0, thinking: false }),
        end: () => [{ kind: 'finished', id }],
      }) as unknown as Job;
    const opened: number[] = [];
    const open = (id: number) => () => {
      opened.push(id);
      return (async function* () {})();
    };
    scheduler.submit(job(1), open(1));
    scheduler.cancel(1);
    scheduler.submit(job(2), open(2));
    ready.resolve();
    await expect.poll(() => told).toEqual(['started 2', 'finished 2']);
    expect(opened).toEqual([2]);
    expect(scheduler.counts()).toMatchObject({ running: 0, waiting: 0 });
  });
});
