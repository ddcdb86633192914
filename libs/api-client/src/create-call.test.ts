import { FlotillaError } from '@flotilla/contracts';
import { fakeClock } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';
import { createCall } from './create-call.ts';

type Step = Response | Error;

/** A server that answers these, one after the other, and the call to it. */
function against(steps: Step[]) {
  const clock = fakeClock();
  const asked: string[] = [];
  const call = createCall({
    clock,
    random: () => 0.5,
    retries: 3,
    fetch: async (input, init) => {
      asked.push(`${init?.method ?? 'GET'} ${String(input instanceof Request ? input.url : input)}`);
      const step = steps[Math.min(asked.length, steps.length) - 1];
      if (step instanceof Response) return step.clone();
      throw step ?? new TypeError('nothing to answer');
    },
  });
  return {
    clock,
    asked,
    /** Lets all waiting pass. */
    run: async (init?: RequestInit) => {
      const outcome = call('http://plane/v1/x', init).then(
        (response) => response.status,
        (error: unknown) => error as FlotillaError,
      );
      for (let turn = 0; turn < 6; turn += 1) await clock.advance(60_000);
      return outcome;
    },
  };
}

const problem = (status: number, body: object) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/problem+json' } });
const unavailable = problem(503, {
  type: 'urn:flotilla:problem:unavailable',
  title: 'Not available right now.',
  status: 503,
  code: 'unavailable',
  detail: 'the database is away',
});

describe('a call', () => {
  it('throws the refusal of the server, with its code, fields and fix', async () => {
    const { run, asked } = against([
      problem(400, {
        type: 'x',
        title: 'x',
        status: 400,
        code: 'invalid-input',
        detail: 'The body is not valid.',
        fix: 'Correct `name`.',
        errors: [{ field: 'name', message: 'too long' }],
      }),
    ]);
    const error = await run();
    expect(error).toBeInstanceOf(FlotillaError);
    expect(error).toMatchObject({
      code: 'invalid-input',
      message: 'The body is not valid.',
      details: { field: 'name', fix: 'Correct `name`.' },
    });
    expect(asked).toHaveLength(1);
  });

  it('tries a GET again when the server is away, and takes the answer', async () => {
    const { run, asked } = against([new TypeError('refused'), unavailable, new Response('{}')]);
    expect(await run()).toBe(200);
    expect(asked).toHaveLength(3);
  });

  it('gives up after three more tries, with the last reason', async () => {
    const { run, asked } = against([new TypeError('refused')]);
    expect(await run()).toMatchObject({ code: 'offline' });
    expect(asked).toHaveLength(4);
  });

  it('never repeats what may have changed something', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const { run, asked } = against([unavailable]);
      expect(await run({ method })).toMatchObject({ code: 'unavailable' });
      expect(asked).toHaveLength(1);
    }
  });

  it('does not repeat a GET that the server refuses for good', async () => {
    const { run, asked } = against([
      problem(404, { type: 'x', title: 'x', status: 404, code: 'not-found', detail: 'no' }),
    ]);
    expect(await run()).toMatchObject({ code: 'not-found' });
    expect(asked).toHaveLength(1);
  });

  it('waits as long as the server says', async () => {
    const { clock, asked, run } = against([
      problem(429, {
        type: 'x',
        title: 'x',
        status: 429,
        code: 'rate-limited',
        detail: 'slow',
        retryAfterMs: 90_000,
      }),
      new Response('{}'),
    ]);
    const before = clock.monotonic();
    const done = run();
    await clock.advance(0);
    expect(asked).toHaveLength(1);
    expect(await done).toBe(200);
    expect(clock.monotonic() - before).toBeGreaterThanOrEqual(90_000);
  });

  it('tells a proxy’s own error by its status, and a newer server’s code as text', async () => {
    expect(await against([new Response('<html>', { status: 502 })]).run({ method: 'POST' })).toMatchObject({
      code: 'unavailable',
    });
    const newer = problem(409, {
      type: 'x',
      title: 'x',
      status: 409,
      code: 'from-the-future',
      detail: 'why not',
    });
    expect(await against([newer]).run()).toMatchObject({ code: 'internal', message: 'why not' });
  });

  it('ends when it is cancelled, without another try', async () => {
    const { run, asked } = against([new DOMException('cancelled', 'AbortError')]);
    expect(await run({ signal: AbortSignal.abort() })).toMatchObject({ code: 'aborted' });
    expect(asked).toHaveLength(1);
  });
});
