import { expect, it } from 'vitest';

import { correctNeed } from './correct-need.ts';

const estimated = {
  configuration: { contextTokens: 1024, sequences: 1, batchTokens: 512, kvType: 'f16' as const },
  need: { weightsBytes: 80, contextBytes: 20, totalBytes: 100 },
};
const total = (options: Omit<Parameters<typeof correctNeed>[0], 'estimated'>): number =>
  correctNeed({ estimated, ...options }).need.totalBytes;

it('believes an estimate that nothing contradicts', () => {
  expect(total({ others: [] })).toBe(100);
});

it('takes what the very same model took, where that was more', () => {
  expect(total({ same: { estimatedBytes: 100, actualBytes: 130 }, others: [] })).toBe(130);
});

it('never goes below the estimate: an engine that has not filled its context takes less than it will', () => {
  expect(
    total({
      same: { estimatedBytes: 100, actualBytes: 60 },
      others: [{ estimatedBytes: 100, actualBytes: 60 }],
    }),
  ).toBe(100);
});

it('expects of a new model the worst that others here were above their estimates, within reason', () => {
  const others = [
    { estimatedBytes: 100, actualBytes: 90 },
    { estimatedBytes: 100, actualBytes: 120 },
  ];
  expect(total({ others })).toBe(120);
  expect(total({ others: [{ estimatedBytes: 1, actualBytes: 1000 }] })).toBe(150);
});

it('carries over the excess of a much smaller model as bytes, and that of a much larger one as a share', () => {
  expect(total({ others: [{ estimatedBytes: 10, actualBytes: 14 }] })).toBe(104);
  expect(total({ others: [{ estimatedBytes: 1000, actualBytes: 1250 }] })).toBe(125);
});
