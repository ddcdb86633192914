import { describe, expect, it } from 'vitest';

import { waitFor } from './wait-for.ts';

describe('waitFor', () => {
  it('gives what the condition gives as soon as that is something', async () => {
    let calls = 0;
    const value = await waitFor(() => ((calls += 1) < 3 ? undefined : { calls }), {
      what: 'three calls',
      everyMs: 1,
    });
    expect(value).toEqual({ calls: 3 });
  });

  it('takes zero and the empty text for something', async () => {
    expect(await waitFor(() => 0, { what: 'a number' })).toBe(0);
    expect(await waitFor(() => '', { what: 'a text' })).toBe('');
  });

  it('goes on after a condition that throws, and tells the last error when time is up', async () => {
    let calls = 0;
    const flaky = () => {
      calls += 1;
      if (calls < 3) throw new TypeError('not yet');
      return true;
    };
    expect(await waitFor(flaky, { what: 'it works', everyMs: 1 })).toBe(true);
    const failing = waitFor(() => Promise.reject(new TypeError('never')), {
      what: 'it works',
      deadlineMs: 5,
      everyMs: 1,
    });
    await expect(failing).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('until it works'),
    });
    await expect(failing).rejects.toThrow('never');
  });
});
