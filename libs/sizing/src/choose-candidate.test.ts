import type { Candidate } from '@flotilla/contracts';
import { Resolution } from '@flotilla/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { candidate, INTENT, QWEN } from '../test/candidates.ts';
import { allowedMemory } from './allowed-memory.ts';
import { chooseCandidate } from './choose-candidate.ts';
import type { ConfiguredNeed } from './engine-configuration.ts';
import type { Assessment } from './judge-candidate.ts';

const MB = 1_000_000;

function need(megabytes: number, sequences = 4): ConfiguredNeed {
  return {
    configuration: { contextTokens: 2048, sequences, batchTokens: 512, kvType: 'f16' },
    need: { weightsBytes: megabytes * MB, contextBytes: 0, totalBytes: megabytes * MB },
  };
}

function choose(
  assessed: readonly [Candidate, Assessment?][],
  { capMb = 640, minTokensPerSecond }: { capMb?: number; minTokensPerSecond?: number } = {},
) {
  return chooseCandidate({
    at: 1,
    release: 'f'.repeat(64),
    intent: { ...INTENT, minTokensPerSecond },
    candidates: assessed.map(([one, assessment]) => ({ candidate: one, assessment })),
    allowed: allowedMemory({
      intent: INTENT,
      memory: { totalBytes: 8e9, availableBytes: 8e9 },
      policy: { memoryCapBytes: capMb * MB },
    }),
  });
}

const needs = (...list: ConfiguredNeed[]): Assessment => ({ kind: 'needs', needs: list });
const reasons = (result: ReturnType<typeof choose>): string[] =>
  result.resolution.candidates.map(({ reason }) => reason);

describe('choosing among candidates', () => {
  it('takes the first that fits and says of each one why, with numbers', () => {
    const result = choose([
      [candidate('large'), needs(need(900), need(812, 1))],
      [candidate('middle'), needs(need(700), need(600, 2), need(500, 1))],
      [candidate('small'), needs(need(100))],
    ]);
    expect(result.choice).toMatchObject({
      candidate: { variant: 'middle' },
      configuration: { sequences: 2 },
    });
    expect(reasons(result)).toEqual([
      "needs 812 MB at least (1 × 2048 tokens, batch 512, f16 cache), 640 MB may be used (the policy's cap of 640 MB): 172 MB short.",
      "needs 600 MB of the 640 MB that may be used (the policy's cap of 640 MB), with 2 × 2048 tokens, batch 512, f16 cache, reduced from 4 × 2048 tokens, batch 512, f16 cache.",
      'middle comes first and fits.',
    ]);
  });

  it('chooses another one when the order is reversed', () => {
    const large: [Candidate, Assessment] = [candidate('large'), needs(need(600))];
    const small: [Candidate, Assessment] = [candidate('small'), needs(need(100))];
    expect(choose([large, small]).choice?.candidate.variant).toBe('large');
    expect(choose([small, large]).choice?.candidate.variant).toBe('small');
  });

  it('refuses a context longer than the model was trained for, whatever the memory', () => {
    const short = candidate('short', { facts: { ...QWEN, contextTokens: 1024 } });
    const { choice, resolution } = choose([[short, needs(need(100))]]);
    expect(choice).toBeUndefined();
    expect(resolution.candidates[0]).toMatchObject({
      constraint: 'context',
      reason: 'was trained for 1024 tokens of context, 2048 are asked for.',
    });
  });

  it.each([
    [20, 'chosen'],
    [24, 'rejected'],
  ])(
    'judges a promise of %d tokens/s by the lower bound of the prediction',
    (minTokensPerSecond, verdict) => {
      const speed = { tokensPerSecond: 25, low: 22, high: 28, basis: 'anchors' as const };
      const { resolution } = choose([[candidate('one'), { kind: 'needs', needs: [need(100)], speed }]], {
        minTokensPerSecond,
      });
      expect(resolution.candidates[0]?.verdict).toBe(verdict);
      if (verdict === 'rejected') {
        expect(resolution.candidates[0]?.reason).toBe(
          'is predicted at 25 tokens/s (22 to 28), 24 are asked for.',
        );
      }
    },
  );

  it('does not refuse for a speed that nobody can predict', () => {
    expect(choose([[candidate('one'), needs(need(100))]], { minTokensPerSecond: 1000 }).choice).toBeDefined();
  });

  it('passes on what made a candidate unusable', () => {
    const failed: Assessment = {
      kind: 'unusable',
      constraint: 'failed-before',
      reason: 'failed on this box before.',
    };
    const { resolution } = choose([[candidate('one'), failed]]);
    expect(resolution.chosen).toBeUndefined();
    expect(resolution.candidates[0]).toMatchObject({ verdict: 'rejected', constraint: 'failed-before' });
  });

  it('leaves those unjudged that nobody assessed yet', () => {
    const { resolution } = choose([[candidate('large'), needs(need(900))], [candidate('small')]]);
    expect(resolution.candidates[1]).toMatchObject({ verdict: 'not-tried', reason: 'Not judged yet.' });
  });

  it('never chooses what is over the limit, always the first that is not, and always a resolution that may travel', () => {
    const sizes = fc.array(fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 5 }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 2000 }), (all, capMb) => {
        const assessed = all.map((list, index): [Candidate, Assessment] => [
          candidate(String.fromCharCode(97 + index)),
          needs(...list.map((megabytes) => need(megabytes))),
        ]);
        const { choice, resolution } = choose(assessed, { capMb });
        const first = all.findIndex((list) => list.some((megabytes) => megabytes <= capMb));
        expect(choice?.candidate.variant).toBe(first === -1 ? undefined : String.fromCharCode(97 + first));
        expect(choice?.need.totalBytes ?? 0).toBeLessThanOrEqual(capMb * MB);
        expect(resolution.candidates.filter(({ verdict }) => verdict === 'chosen')).toHaveLength(
          first === -1 ? 0 : 1,
        );
        expect(() => Resolution.parse(resolution)).not.toThrow();
      }),
    );
  });
});
