import { describe, expect, it } from 'vitest';
import { describeServices } from './describe-services.ts';
import type { World } from './state.ts';
import { desire, EMPTY, failed, LIMITS, slot } from './testing/fixtures.ts';

const said = (slots: World['slots']) => {
  const world: World = {
    ...EMPTY,
    slots,
    rollback: { v: 1, services: [], failed: [failed('assistant', 1, 'engine-crash-loop')] },
  };
  const activity = { progress: new Map() };
  return describeServices({ world, desired: desire(['assistant', 1]), limits: LIMITS, activity })[0];
};

describe('a release that failed, with nothing to go back to', () => {
  it('says that its engine is started again, while there is one', () => {
    expect(said([slot('assistant', 1, 'broken')])).toMatchObject({
      state: 'failed',
      problem: {
        detail: expect.stringMatching(/[.] It is started again, after half a minute at most/) as string,
      },
    });
  });

  it('promises nothing where there is none', () => {
    expect(said([])?.problem?.detail).not.toContain('started again');
  });
});
