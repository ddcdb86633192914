import { describe, expect, it } from 'vitest';
import { legacyLogprobs, wireLogprob } from './logprobs.ts';

const choice = (token: string, logprob: number) => ({
  token,
  bytes: [...new TextEncoder().encode(token)],
  logprob,
});
const rare = { ...choice('rare', -9), top: [choice('likely', -0.1), choice('next', -2)] };

describe('the token that was taken', () => {
  it('stands among the alternatives of a completion, be it one of the likeliest or not', () => {
    const likely = { ...choice('likely', -0.1), top: rare.top };
    expect(legacyLogprobs([rare, likely]).top_logprobs).toEqual([
      { likely: -0.1, next: -2, rare: -9 },
      { likely: -0.1, next: -2 },
    ]);
  });

  it('is the only one where no alternatives were asked for', () => {
    expect(legacyLogprobs([{ ...rare, top: [] }]).top_logprobs).toEqual([{ rare: -9 }]);
  });

  it('adds nothing to the alternatives of a chat completion', () => {
    expect(wireLogprob(rare).top_logprobs.map(({ token }) => token)).toEqual(['likely', 'next']);
  });
});
