import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planPrefill, prefillRoom, type PrefillNeed } from './plan-prefill.ts';

const need = (id: number, remaining: number, priority = 0): PrefillNeed => ({ id, remaining, priority });

/** Plans and reads until every prompt has its first token; the number of steps each of them took. */
function stepsToFirstToken(needs: readonly PrefillNeed[], live: number, batch: number): Map<number, number> {
  const left = new Map(needs.map((one) => [one.id, { ...one }]));
  const done = new Map<number, number>();
  for (let step = 1; left.size > 0; step += 1) {
    for (const { id, tokens } of planPrefill([...left.values()], live + done.size, batch)) {
      const one = left.get(id);
      if (one === undefined) continue;
      one.remaining -= tokens;
      if (one.remaining > 0) continue;
      left.delete(id);
      done.set(id, step);
    }
    if (step > 10_000) break;
  }
  return done;
}

describe('planPrefill', () => {
  it('gives the whole batch to the oldest prompt, and what it leaves to the next, while nobody streams', () => {
    expect(planPrefill([need(2, 300), need(1, 300), need(3, 300)], 0, 512)).toEqual([
      { id: 1, tokens: 300 },
      { id: 2, tokens: 212 },
    ]);
  });

  it('reads a long prompt in small parts beside live streams', () => {
    expect(planPrefill([need(1, 5_000)], 4, 512)).toEqual([{ id: 1, tokens: 128 }]);
    expect(planPrefill([need(1, 5_000)], 4, 128)).toEqual([{ id: 1, tokens: 32 }]);
  });

  it('lets one long prompt hold one stream up for no more than a quarter of the batch', () => {
    expect(planPrefill([need(1, 5_000)], 1, 512)).toEqual([{ id: 1, tokens: 128 }]);
  });

  it('fills the batch as long as several requests wait, and as many as stream', () => {
    const many = Array.from({ length: 15 }, (_, id) => need(id, 400));
    expect(planPrefill(many, 1, 512)).toEqual([
      { id: 0, tokens: 400 },
      { id: 1, tokens: 111 },
    ]);
    expect(planPrefill(many.slice(0, 2), 2, 512)).toEqual([
      { id: 0, tokens: 400 },
      { id: 1, tokens: 110 },
    ]);
  });

  it('lets a short prompt pass a long one, which still gets half', () => {
    expect(planPrefill([need(1, 5_000), need(2, 20), need(3, 40)], 4, 512)).toEqual([
      { id: 2, tokens: 20 },
      { id: 3, tokens: 40 },
      { id: 1, tokens: 68 },
    ]);
  });

  it('gives a first token to a short prompt long before the long one ahead of it', () => {
    const steps = stepsToFirstToken([need(1, 4_000), need(2, 100)], 2, 512);
    expect(steps.get(2)).toBe(1);
    expect(steps.get(1)).toBeGreaterThan(25);
  });

  it('reads equal prompts one after the other, so that the first token of most comes early', () => {
    const steps = stepsToFirstToken([need(1, 400), need(2, 400), need(3, 400), need(4, 400)], 0, 512);
    expect([...steps.values()]).toEqual([...steps.values()].toSorted((left, right) => left - right));
    expect(steps.get(1)).toBe(1);
  });

  it('reads the older half of several short prompts first, and the rest in the next step', () => {
    const four = [need(1, 30), need(2, 30), need(3, 30), need(4, 30)];
    expect([...stepsToFirstToken(four, 0, 512)]).toEqual([
      [1, 1],
      [2, 1],
      [3, 2],
      [4, 2],
    ]);
    expect([...stepsToFirstToken(four, 4, 512).values()]).toEqual([1, 1, 1, 1]);
    expect(planPrefill([need(1, 10), need(2, 20), need(3, 3_000)], 0, 512)).toEqual([
      { id: 1, tokens: 10 },
      { id: 2, tokens: 20 },
    ]);
  });

  it('takes nothing from the oldest for younger ones that are left for the next step', () => {
    expect(planPrefill([need(1, 200), need(2, 20), need(3, 20), need(4, 20)], 0, 512)).toEqual([
      { id: 1, tokens: 200 },
      { id: 2, tokens: 20 },
    ]);
    expect(planPrefill([need(1, 20), need(2, 20), need(3, 20, 5)], 0, 512)).toEqual([
      { id: 3, tokens: 20 },
      { id: 1, tokens: 20 },
    ]);
  });

  it('reads higher priorities first and gives lower ones what they leave', () => {
    expect(planPrefill([need(1, 500), need(2, 100, 5)], 0, 512)).toEqual([
      { id: 2, tokens: 100 },
      { id: 1, tokens: 412 },
    ]);
    expect(planPrefill([need(1, 10), need(2, 600, 5)], 0, 512)).toEqual([{ id: 2, tokens: 512 }]);
  });

  const plans = fc.record({
    prompts: fc.array(
      fc.record({ remaining: fc.integer({ min: 1, max: 3_000 }), priority: fc.integer({ min: -2, max: 2 }) }),
      { maxLength: 8 },
    ),
    live: fc.nat(16),
    batch: fc.integer({ min: 17, max: 1_024 }),
  });
  const needsOf = (prompts: readonly Omit<PrefillNeed, 'id'>[]) =>
    prompts.map((prompt, id) => ({ id, ...prompt }));

  it('fills the room there is, or leaves whole prompts for the next step, and never asks more of a prompt than it has', () => {
    fc.assert(
      fc.property(plans, ({ prompts, live, batch }) => {
        const needs = needsOf(prompts);
        const shares = planPrefill(needs, live, batch);
        const total = shares.reduce((sum, share) => sum + share.tokens, 0);
        const wanted = prompts.reduce((sum, { remaining }) => sum + remaining, 0);
        const most = Math.min(wanted, prefillRoom(prompts.length, live, batch));
        // Less only where whole prompts are left for the next step, and others are read to their end.
        const whole = shares.every(({ id, tokens }) => tokens === needs[id]?.remaining);
        if (total !== most) {
          expect(prompts.length).toBeGreaterThan(Math.max(2, live));
          expect({ whole, read: shares.length }).toEqual({
            whole: true,
            read: Math.ceil(prompts.length / 2),
          });
        }
        expect(total + live).toBeLessThanOrEqual(batch);
        expect(new Set(shares.map(({ id }) => id)).size).toBe(shares.length);
        for (const { id, tokens } of shares) {
          expect(tokens).toBeGreaterThan(0);
          expect(tokens).toBeLessThanOrEqual(needs[id]?.remaining ?? 0);
        }
      }),
    );
  });

  it('keeps every prompt of the highest priority going: its oldest gets at least half', () => {
    fc.assert(
      fc.property(plans, ({ prompts, live, batch }) => {
        const needs = needsOf(prompts);
        const highest = Math.max(...prompts.map(({ priority }) => priority));
        const oldest = needs.find(({ priority }) => priority === highest);
        if (oldest === undefined) return;
        const room = prefillRoom(prompts.length, live, batch);
        const share = planPrefill(needs, live, batch).find(({ id }) => id === oldest.id)?.tokens ?? 0;
        expect(share).toBeGreaterThanOrEqual(Math.min(oldest.remaining, Math.ceil(room / 2)));
      }),
    );
  });
});
