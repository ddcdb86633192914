import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ExclusiveRunner, type RunOutcome } from './exclusive-runner.ts';

/** A runner whose runs end when the test says so. */
function controlled() {
  const started: {
    input: string;
    signal: AbortSignal;
    end: (result: string) => void;
    fail: (e: Error) => void;
  }[] = [];
  const runner = new ExclusiveRunner<string, string>({
    run: (input, signal) =>
      new Promise((end, fail) => {
        started.push({ input, signal, end, fail });
        signal.addEventListener('abort', () => fail(new TypeError('aborted')));
      }),
  });
  const run = async (index: number) => {
    await expect.poll(() => started[index]).toBeDefined();
    return started[index]!;
  };
  return { runner, started, run };
}

describe('ExclusiveRunner', () => {
  it('runs one at a time and gives each request its own result', async () => {
    const { runner, started, run } = controlled();
    const one = runner.request('one');
    (await run(0)).end('result of one');
    expect(await one).toEqual({ kind: 'finished', result: 'result of one' });
    const two = runner.request('two');
    (await run(1)).end('result of two');
    expect(await two).toEqual({ kind: 'finished', result: 'result of two' });
    expect(started.map(({ input }) => input)).toEqual(['one', 'two']);
  });

  it('keeps only the newest of the requests that wait', async () => {
    const { runner, started, run } = controlled();
    const first = runner.request('first');
    await run(0);
    const skipped = runner.request('skipped');
    const newest = runner.request('newest');
    expect(await skipped).toEqual({ kind: 'superseded' });
    started[0]!.end('');
    await first;
    (await run(1)).end('');
    expect(await newest).toEqual({ kind: 'finished', result: '' });
    expect(started.map(({ input }) => input)).toEqual(['first', 'newest']);
  });

  it('aborts the run under way when a request says so, and starts the next only after it ended', async () => {
    const order: string[] = [];
    const runner = new ExclusiveRunner<string>({
      run: async (input, signal) => {
        order.push(`start ${input}`);
        if (input === 'slow') {
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          await new Promise((resolve) => setImmediate(resolve));
          order.push('clean up slow');
          throw new TypeError('gave up');
        }
      },
    });
    const slow = runner.request('slow');
    await expect.poll(() => order).toEqual(['start slow']);
    await runner.request('next', { cancel: new TypeError('new desired') });
    expect(await slow).toEqual({ kind: 'cancelled' });
    expect(order).toEqual(['start slow', 'clean up slow', 'start next']);
  });

  it('calls a run that finished in spite of its signal finished', async () => {
    const { runner, run } = controlled();
    const outcome = runner.request('stubborn');
    const { end } = await run(0);
    end('done');
    runner.cancel(new TypeError('too late'));
    expect(await outcome).toEqual({ kind: 'finished', result: 'done' });
  });

  it('reports a failure to the one who asked and runs on', async () => {
    const { runner, run } = controlled();
    const error = new TypeError('broken');
    const failing = runner.request('a');
    (await run(0)).fail(error);
    expect(await failing).toEqual({ kind: 'failed', error });
    const next = runner.request('b');
    (await run(1)).end('ok');
    expect(await next).toEqual({ kind: 'finished', result: 'ok' });
  });

  it('also reports a run function that throws at once', async () => {
    const error = new TypeError('not even a promise');
    const runner = new ExclusiveRunner<void>({
      run: () => {
        throw error;
      },
    });
    expect(await runner.request()).toEqual({ kind: 'failed', error });
  });

  it('lets a run ask for another one after itself', async () => {
    let left = 3;
    const runner: ExclusiveRunner = new ExclusiveRunner({
      run: async () => {
        left -= 1;
        if (left > 0) void runner.request();
      },
    });
    await runner.request();
    await runner.idle();
    expect(left).toBe(0);
  });

  it('stops: drops what waits, aborts what runs, refuses what comes', async () => {
    const { runner, started, run } = controlled();
    const running = runner.request('running');
    await run(0);
    const waiting = runner.request('waiting');
    const stopped = runner.stop();
    expect(await waiting).toEqual({ kind: 'superseded' });
    expect(await running).toEqual({ kind: 'cancelled' });
    await stopped;
    expect(await runner.request('late')).toEqual({ kind: 'superseded' });
    expect(started).toHaveLength(1);
    expect(runner.isRunning).toBe(false);
  });

  it('never overlaps two runs and settles every request once, whatever happens', async () => {
    const action = fc.constantFrom('request', 'request-cancel', 'cancel', 'end', 'fail', 'turn');
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
        let active = 0;
        let mostActive = 0;
        let finish: ((fails: boolean) => void) | undefined;
        const runner = new ExclusiveRunner<void>({
          run: async (_input, signal) => {
            mostActive = Math.max(mostActive, (active += 1));
            try {
              await new Promise<void>((resolve, reject) => {
                finish = (fails) => (fails ? reject(new TypeError('failed')) : resolve());
                signal.addEventListener('abort', () => reject(new TypeError('aborted')));
              });
            } finally {
              active -= 1;
            }
          },
        });
        const outcomes: Promise<RunOutcome<void>>[] = [];
        for (const next of actions) {
          if (next === 'request') outcomes.push(runner.request());
          else if (next === 'request-cancel') outcomes.push(runner.request(undefined, { cancel: 'newer' }));
          else if (next === 'cancel') runner.cancel('cancelled');
          else if (next === 'turn') await new Promise((resolve) => setImmediate(resolve));
          else finish?.(next === 'fail');
        }
        await runner.stop();
        expect(await Promise.all(outcomes)).toHaveLength(outcomes.length);
        expect(active).toBe(0);
        expect(mostActive).toBeLessThanOrEqual(1);
      }),
    );
  });
});
