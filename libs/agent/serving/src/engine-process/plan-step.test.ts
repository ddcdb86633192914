import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planPrefill } from './plan-step.ts';

describe('planPrefill', () => {
  it('gives the oldest prompt what the batch leaves beside the live streams, and the next what that leaves', () => {
    expect(
      planPrefill(
        [
          { id: 1, remaining: 5 },
          { id: 2, remaining: 100 },
          { id: 3, remaining: 4 },
        ],
        2,
        32,
      ),
    ).toEqual([
      { id: 1, tokens: 5 },
      { id: 2, tokens: 25 },
    ]);
  });

  it('never plans more than the batch holds, and always some when there is room', () => {
    const needs = fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 8 });
    fc.assert(
      fc.property(needs, fc.nat(16), fc.integer({ min: 17, max: 1_024 }), (remaining, live, batch) => {
        const shares = planPrefill(
          remaining.map((tokens, id) => ({ id, remaining: tokens })),
          live,
          batch,
        );
        const total = shares.reduce((sum, share) => sum + share.tokens, 0);
        const wanted = remaining.reduce((sum, tokens) => sum + tokens, 0);
        expect(total).toBe(Math.min(wanted, batch - live));
        expect(shares.every((share) => share.tokens > 0)).toBe(true);
      }),
    );
  });
});
