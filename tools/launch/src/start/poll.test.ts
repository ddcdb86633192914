import { describe, expect, it } from 'vitest';
import { poll } from './poll.ts';

describe('waiting for an app', () => {
  it('ends when the start is called off, however far the deadline is', async () => {
    const start = new AbortController();
    const looks: number[] = [];
    const waiting = poll({
      read: async () => {
        if (looks.push(looks.length) === 2) start.abort();
        return undefined;
      },
      what: 'The start',
      deadlineMs: 3_600_000,
      signal: start.signal,
    });
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(looks).toEqual([0, 1]);
  });
});
