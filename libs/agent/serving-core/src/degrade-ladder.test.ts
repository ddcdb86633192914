import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  degradedSpec,
  judgeExits,
  mayFitSmaller,
  nextRung,
  type DegradeStep,
  type Opening,
} from './degrade-ladder.ts';

const spec = (changes: Partial<Opening> = {}): Opening => ({
  contextTokens: 2_048,
  sequences: 4,
  gpu: 'auto',
  ...changes,
});

/** The whole way down, as text. */
function climb({
  from,
  minContextTokens,
  gpuLayers,
}: {
  from: Opening;
  minContextTokens: number;
  gpuLayers: number;
}): { kinds: string[]; end: Opening } {
  const taken: DegradeStep[] = [];
  for (;;) {
    const now = degradedSpec(from, taken);
    const layers = now.gpu === 'off' ? 0 : (now.gpuLayers ?? gpuLayers);
    const next = nextRung({ spec: now, minContextTokens, gpuLayers: layers, taken, why: 'x', at: 0 });
    if (next === undefined) return { kinds: taken.map(({ kind }) => kind), end: now };
    taken.push(next);
  }
}

describe('nextRung', () => {
  it('takes parallel requests, then context down to the release’s minimum, then the GPU', () => {
    const { kinds, end } = climb({ from: spec({ sequences: 2 }), minContextTokens: 1_500, gpuLayers: 20 });
    expect(kinds).toEqual([
      'fewer-sequences',
      'shorter-context',
      'fewer-gpu-layers',
      'fewer-gpu-layers',
      'cpu',
    ]);
    expect(end).toMatchObject({ sequences: 1, contextTokens: 1_500, gpu: 'off' });
  });

  it('never shortens a context that the release promises', () => {
    expect(climb({ from: spec(), minContextTokens: 2_048, gpuLayers: 0 }).kinds).toEqual([
      'fewer-sequences',
      'fewer-sequences',
    ]);
  });

  it('says what changed and why', () => {
    const next = nextRung({
      spec: spec(),
      minContextTokens: 2_048,
      gpuLayers: 0,
      taken: [],
      why: 'it died',
      at: 7,
    });
    expect(next).toMatchObject({ reason: '4 to 2 parallel requests: it died', at: 7 });
  });

  it('leaves the GPU at once where it cannot compute, and not where its memory was short', () => {
    const next = (why: string) =>
      nextRung({ spec: spec(), minContextTokens: 2_048, gpuLayers: 0, taken: [], why, at: 0 })?.kind;
    expect(next('CUDA error: the provided PTX was compiled with an unsupported toolchain.')).toBe('cpu');
    expect(next('CUDA error: out of memory')).toBe('fewer-sequences');
  });

  it('ends after a bounded number of rungs, each one asking for no more than the one before', () => {
    fc.assert(
      fc.property(
        fc.record({
          sequences: fc.integer({ min: 1, max: 64 }),
          contextTokens: fc.integer({ min: 64, max: 1_000_000 }),
          minContextTokens: fc.integer({ min: 64, max: 1_000_000 }),
          gpuLayers: fc.integer({ min: 0, max: 100 }),
        }),
        ({ sequences, contextTokens, minContextTokens, gpuLayers }) => {
          const from = spec({ sequences, contextTokens });
          const { kinds, end } = climb({ from, minContextTokens, gpuLayers });
          expect(kinds.length).toBeLessThanOrEqual(6);
          if (gpuLayers > 0) expect(kinds.at(-1)).toBe('cpu');
          expect(end.sequences).toBeGreaterThanOrEqual(1);
          expect(end.contextTokens).toBeLessThanOrEqual(contextTokens);
          expect(end.contextTokens).toBeGreaterThanOrEqual(Math.min(contextTokens, minContextTokens));
        },
      ),
    );
  });
});

describe('judgeExits', () => {
  it.each([
    [1, true, 'restart'],
    [2, true, 'degrade'],
    [5, true, 'degrade'],
    [2, false, 'restart'],
    [3, false, 'restart'],
    [4, false, 'broken'],
  ] as const)('after %i ends in a row, with a rung left: %s, says %s', (exits, hasRung, verdict) => {
    expect(judgeExits({ exits, hasRung })).toBe(verdict);
  });
});

describe('degradedSpec', () => {
  it('asks for no more than a spec that was lowered meanwhile', () => {
    const taken = nextRung({
      spec: spec(),
      minContextTokens: 2_048,
      gpuLayers: 0,
      taken: [],
      why: 'x',
      at: 0,
    });
    expect(degradedSpec(spec({ sequences: 1 }), taken ? [taken] : []).sequences).toBe(1);
  });
});

describe('mayFitSmaller', () => {
  it.each([
    [{ code: 'did-not-fit', message: '', details: {} }, true],
    [
      { code: 'load-failed', message: 'The engine process ended while loading (SIGKILL).', details: {} },
      true,
    ],
    [
      { code: 'load-failed', message: 'The engine process ended while loading (code 1).', details: {} },
      false,
    ],
    [{ code: 'load-failed', message: 'unable to allocate CPU buffer', details: {} }, true],
    [{ code: 'load-failed', message: 'unknown model architecture', details: {} }, false],
    [{ code: 'timeout', message: 'it read and computed nothing', details: {} }, true],
    [{ code: 'not-found', message: 'out of memory', details: {} }, false],
  ])('%j: %s', (error, verdict) => {
    expect(mayFitSmaller(error)).toBe(verdict);
  });
});
