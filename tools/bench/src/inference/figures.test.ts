import { describe, expect, it } from 'vitest';
import { compare, compareGrowth } from './compare.ts';
import { figuresOf, medianFigures, percentile } from './figures.ts';
import { promptsOf } from './prompts.ts';

const request = { firstTokenMs: 100, endMs: 1_100, promptTokens: 10, cachedTokens: 4, answerTokens: 11 };

describe('the figures of a burst', () => {
  it('count tokens of all streams over the wall time, and the time between tokens without the first', () => {
    expect(
      figuresOf({ wallMs: 2_000, requests: [request, { ...request, endMs: 2_100 }], cpuSeconds: 1.1 }),
    ).toMatchObject({
      tokensPerSecond: 11,
      ttftP50Ms: 100,
      tpotP50Ms: 100,
      tpotP99Ms: 200,
      cpuSecondsPer1000Tokens: 50,
    });
  });

  it('take the nearest rank as percentile', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([percentile(hundred, 0.5), percentile(hundred, 0.99), percentile([7], 0.99)]).toEqual([50, 99, 7]);
  });

  it('have medians figure by figure, and none of what nobody measured', () => {
    const one = figuresOf({ wallMs: 1_000, requests: [request] });
    const other = figuresOf({ wallMs: 3_000, requests: [request] });
    const middle = medianFigures([one, other, one]);
    expect(middle.tokensPerSecond).toBe(11);
    expect('residentMb' in middle).toBe(false);
  });
});

describe('the comparison with the peer', () => {
  const peer = figuresOf({ wallMs: 1_000, requests: [request], cpuSeconds: 1, residentMb: 500 });
  const met = (streams: number, ours: Partial<typeof peer>) =>
    Object.fromEntries(
      compare({ streams, ours: { ...peer, ...ours }, peer }).map((row) => [row.name, row.met]),
    );

  it('asks for 0.95 of the peer’s speed at one stream and all of it at more', () => {
    const slower = { tokensPerSecond: peer.tokensPerSecond * 0.96 };
    expect([met(1, slower)['tokensPerSecond'], met(4, slower)['tokensPerSecond']]).toEqual([true, false]);
  });

  it('allows 350 MB beyond the peer and a tenth more processor time', () => {
    expect(met(4, { residentMb: 850, cpuSecondsPer1000Tokens: 100 })).toMatchObject({
      residentMb: true,
      cpuSecondsPer1000Tokens: true,
    });
    expect(met(4, { residentMb: 851, cpuSecondsPer1000Tokens: 101 })).toMatchObject({
      residentMb: false,
      cpuSecondsPer1000Tokens: false,
    });
  });

  it('says nothing of ratios without a peer', () => {
    expect(compare({ streams: 1, ours: peer, peer: undefined }).every((row) => !('ratio' in row))).toBe(true);
  });

  it('compares what memory grows by, not what it is', () => {
    expect(compareGrowth({ before: 900, after: 1_014 }, { before: 100, after: 200 })).toMatchObject({
      ratio: 1.14,
      met: true,
    });
  });
});

describe('the prompts of a burst', () => {
  it('share nothing when cold, also not with another burst', () => {
    const cold = [1, 2].flatMap((burst) => promptsOf({ streams: 8, prefix: 'cold', promptWords: 20 }, burst));
    const beginnings = cold.map(({ messages }) => messages[0]?.content.split(' ')[0]);
    expect(new Set(beginnings).size).toBe(16);
  });

  it('share their system message when warm, and nothing after it', () => {
    const warm = [1, 2].flatMap((burst) => promptsOf({ streams: 4, prefix: 'warm', promptWords: 40 }, burst));
    expect(new Set(warm.map(({ messages }) => messages[0]?.content)).size).toBe(1);
    expect(new Set(warm.map(({ messages }) => messages[1]?.content)).size).toBe(8);
  });
});
