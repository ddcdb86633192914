import { describe, expect, it } from 'vitest';

import { candidate, facts, INTENT } from '../test/candidates.ts';
import { prefilter } from './prefilter.ts';

const one = candidate('harbor');

describe('the prefilter of the control plane', () => {
  it('says of a candidate that fits how it would be opened, what it takes and how fast it may be', () => {
    const result = prefilter({ candidate: one, intent: INTENT, facts: facts(), policy: {} });
    expect(result).toMatchObject({ fits: true, configuration: { sequences: 4 }, allowedBytes: 5.6e9 });
    expect(result.need.totalBytes).toBeGreaterThan(one.bytes);
    expect(result.predictedTokensPerSecond).toBeGreaterThan(5);
    expect(result.problem).toBeUndefined();
  });

  it('names the memory that is short', () => {
    const memory = { totalBytes: 1e9, availableBytes: 0.9e9 };
    const { fits, problem } = prefilter({
      candidate: one,
      intent: INTENT,
      facts: facts({ memory }),
      policy: {},
    });
    expect(fits).toBe(false);
    expect(problem).toMatchObject({ code: 'did-not-fit', about: 'harbor' });
    expect(problem?.detail).toMatch(
      /^harbor needs .* at least .*, 700 MB may be used \(70 % of 1 GB by the release\): .* short\.$/,
    );
  });

  it('does not hold it against a device that its memory was taken at the moment of the report', () => {
    const memory = { totalBytes: 8e9, availableBytes: 1e8 };
    expect(prefilter({ candidate: one, intent: INTENT, facts: facts({ memory }), policy: {} }).fits).toBe(
      true,
    );
  });

  it('names the disk that is short', () => {
    const disk = { totalBytes: 1e9, freeBytes: 1e8 };
    const { problem } = prefilter({ candidate: one, intent: INTENT, facts: facts({ disk }), policy: {} });
    expect(problem).toMatchObject({
      code: 'disk-full',
      detail: 'harbor needs 582 MB of disk, 100 MB are free.',
    });
  });

  it('refuses a speed that the bandwidth cannot give', () => {
    const intent = { ...INTENT, minTokensPerSecond: 100 };
    const { fits, reason } = prefilter({ candidate: one, intent, facts: facts(), policy: {} });
    expect(fits).toBe(false);
    expect(reason).toMatch(/is predicted at .* tokens\/s/);
  });
});
