import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { predictSpeed, type SpeedAnchor } from './predict-speed.ts';

/** A device whose tokens take 2 ms and 10 GB/s. */
const truth = (bytesPerToken: number): number => 1000 / (2 + (bytesPerToken / 10e9) * 1000);
const anchor = (bytesPerToken: number, factor = 1): SpeedAnchor => ({
  bytesPerToken,
  tokensPerSecond: truth(bytesPerToken) * factor,
});

describe('predicting the decode speed', () => {
  it('says nothing when it knows nothing', () => {
    expect(predictSpeed({ bytesPerToken: 1e9 })).toBeUndefined();
    expect(predictSpeed({ bytesPerToken: 1e9, bandwidthBytesPerSecond: 0 })).toBeUndefined();
  });

  it('gives a wide answer by bandwidth alone', () => {
    const prediction = predictSpeed({ bytesPerToken: 1e9, bandwidthBytesPerSecond: 20e9 });
    expect(prediction).toMatchObject({ basis: 'bandwidth' });
    expect(prediction?.tokensPerSecond).toBeCloseTo(1000 / (1.2 + 1e9 / 11e6), 1);
    expect((prediction?.high ?? 0) / (prediction?.low ?? 0)).toBeGreaterThan(1.5);
  });

  it('finds overhead and bandwidth from two models of different size', () => {
    const anchors = [anchor(0.2e9), anchor(2e9)];
    expect(predictSpeed({ bytesPerToken: 1e9, anchors })?.tokensPerSecond).toBeCloseTo(truth(1e9), 3);
    expect(predictSpeed({ bytesPerToken: 8e9, anchors })?.tokensPerSecond).toBeCloseTo(truth(8e9), 3);
  });

  it('prefers what was measured to what the bandwidth promises', () => {
    const prediction = predictSpeed({
      bytesPerToken: 1e9,
      bandwidthBytesPerSecond: 1e12,
      anchors: [anchor(1e9)],
    });
    expect(prediction).toMatchObject({ basis: 'anchors' });
    expect(prediction?.tokensPerSecond).toBeCloseTo(truth(1e9), 3);
  });

  it('is less sure when the anchors disagree', () => {
    const spread = (anchors: SpeedAnchor[]): number => {
      const { low = 0, high = 0 } = predictSpeed({ bytesPerToken: 1e9, anchors }) ?? {};
      return high / low;
    };
    const agreed = spread([anchor(0.5e9), anchor(1e9), anchor(2e9)]);
    expect(spread([anchor(0.5e9), anchor(1e9, 0.6), anchor(2e9, 1.3)])).toBeGreaterThan(agreed);
  });

  it('always gives a positive speed between its bounds, and none that grows with the bytes', () => {
    const anchors = fc.array(
      fc.record({
        bytesPerToken: fc.double({ min: 1e5, max: 1e11, noNaN: true }),
        tokensPerSecond: fc.double({ min: 0.01, max: 1e4, noNaN: true }),
      }),
      { maxLength: 6 },
    );
    const bytes = fc.double({ min: 1e5, max: 1e11, noNaN: true });
    fc.assert(
      fc.property(anchors, bytes, bytes, (seen, one, other) => {
        const predict = (bytesPerToken: number) =>
          predictSpeed({ bytesPerToken, bandwidthBytesPerSecond: 1e10, anchors: seen });
        const [less, more] = [predict(Math.min(one, other)), predict(Math.max(one, other))];
        for (const prediction of [less, more]) {
          expect(prediction?.low).toBeGreaterThan(0);
          expect(prediction?.tokensPerSecond).toBeGreaterThanOrEqual(prediction?.low ?? NaN);
          expect(prediction?.high).toBeGreaterThanOrEqual(prediction?.tokensPerSecond ?? NaN);
        }
        expect(more?.tokensPerSecond).toBeLessThanOrEqual((less?.tokensPerSecond ?? 0) * (1 + 1e-9));
      }),
    );
  });
});
