import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { allowedMemory } from './allowed-memory.ts';

const GB = 1_000_000_000;
const memory = { totalBytes: 8 * GB, availableBytes: 6 * GB };
const intent = { memoryShare: 0.7 };

describe('the memory that a service may take', () => {
  it.each([
    ['share', { intent: { memoryShare: 0.5 } }, 4 * GB, '50 % of 8 GB by the release'],
    [
      'reserve',
      { intent: { memoryShare: 1 }, policy: { memoryReserveShare: 0.5 } },
      4 * GB,
      'kept for the rest',
    ],
    ['available', { memory: { ...memory, availableBytes: 2 * GB } }, 1.9 * GB, '95 % of 2 GB available now'],
    ['cap', { policy: { memoryCapBytes: GB } }, GB, "the policy's cap of 1 GB"],
  ])('is bound by %s where that is the least', (name, options, bytes, because) => {
    const allowed = allowedMemory({ intent, memory, policy: {}, ...options });
    expect(allowed.bytes).toBe(bytes);
    expect(allowed.binding).toMatchObject({ name, because: expect.stringContaining(because) });
  });

  it('leaves to other services what they take', () => {
    const allowed = allowedMemory({
      intent,
      memory,
      policy: { memoryCapBytes: 3 * GB },
      otherServicesBytes: 2 * GB,
    });
    expect(allowed).toMatchObject({ bytes: GB, binding: { name: 'cap' } });
    expect(allowed.binding.because).toContain('less 2 GB of other services');
  });

  it('counts what the engine that is replaced gives back', () => {
    const tight = { totalBytes: 8 * GB, availableBytes: GB };
    const allowed = allowedMemory({ intent, memory: tight, policy: {}, replacedBytes: GB });
    expect(allowed.bytes).toBe(1.95 * GB);
  });

  it('is the least of its limits, whole, and never below nothing', () => {
    const bytes = fc.integer({ min: 0, max: 2 ** 45 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        bytes,
        bytes,
        share,
        share,
        fc.option(bytes),
        bytes,
        bytes,
        (total, available, part, kept, cap, others, back) => {
          const allowed = allowedMemory({
            intent: { memoryShare: part },
            memory: { totalBytes: total, availableBytes: available },
            policy: { memoryReserveShare: kept, memoryCapBytes: cap ?? undefined },
            otherServicesBytes: others,
            replacedBytes: back,
          });
          expect(Number.isInteger(allowed.bytes)).toBe(true);
          expect(allowed.bytes).toBeGreaterThanOrEqual(0);
          for (const limit of allowed.limits) expect(allowed.bytes).toBeLessThanOrEqual(limit.bytes);
          if (cap !== null) expect(allowed.bytes).toBeLessThanOrEqual(cap);
        },
      ),
    );
  });
});
