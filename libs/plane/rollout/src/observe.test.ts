import { Gate, type ReportedService } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { observe } from './observe.ts';
import type { RolloutDevice, RolloutRow, Watched } from './rollout-store.ts';

const RELEASE = 'a'.repeat(64);
const OLD = 'b'.repeat(64);
const NOW = 10_000_000;

const rollout: RolloutRow = {
  id: 'r',
  service: 'assistant',
  release: RELEASE,
  revision: 2,
  selector: '*',
  state: 'running',
  gate: Gate.parse({ deviceTimeoutMs: 60_000 }),
  batches: [],
  createdAt: 0,
  createdBy: 'test',
  version: 1,
};

const device: RolloutDevice = {
  rolloutId: 'r',
  deviceId: 'd',
  batch: 0,
  position: '0',
  state: 'updating',
  wanted: 'go',
  applied: 'go',
  generation: 5,
  progressAt: NOW - 1_000,
};

function said(service: Partial<ReportedService>, word: Partial<NonNullable<Watched['word']>> = {}): Watched {
  const reported: ReportedService = { service: 'assistant', state: 'changing', ...service };
  return { device, word: { generation: 5, report: 1, service: reported, ...word }, lastSeenAt: NOW };
}

const see = (watched: Watched, of: Partial<RolloutRow> = {}) => observe(watched, { ...rollout, ...of }, NOW);

describe('what a device said', () => {
  it('is success when it serves the release', () => {
    const variant = { digest: OLD, name: 'small-q4', quantization: 'Q4_0' };
    expect(see(said({ state: 'serving', release: RELEASE, variant }))).toMatchObject({
      state: 'succeeded',
      variant: 'small-q4',
    });
  });

  it('is not yet success while the release before serves', () => {
    expect(see(said({ state: 'serving', release: OLD }))).toBeUndefined();
  });

  it('does not count before it answers the generation that told it', () => {
    expect(see(said({ state: 'serving', release: RELEASE }, { generation: 4 }))).toBeUndefined();
    expect(see(said({ state: 'failed', target: RELEASE }, { generation: 4 }))).toBeUndefined();
  });

  it('does not count before the device was told', () => {
    const watched = said({ state: 'failed', target: RELEASE });
    expect(see({ ...watched, device: { ...device, applied: 'none' } })).toBeUndefined();
  });

  it.each([
    ['did-not-fit', 'did-not-fit'],
    ['agent-too-old', 'did-not-fit'],
    ['disk-full', 'did-not-fit'],
    ['download-failed', 'download'],
    ['digest-mismatch', 'verify'],
    ['signature-invalid', 'verify'],
    ['gguf-invalid', 'verify'],
    ['golden-prompt-failed', 'quality'],
    ['engine-crash-loop', 'crash'],
    ['a-code-of-next-year', 'crash'],
  ])('is failure %s of class %s', (code, failure) => {
    const problem = { code, detail: 'no' };
    for (const state of ['failed', 'blocked'] as const) {
      expect(see(said({ state, target: RELEASE, problem }))).toMatchObject({
        state: 'failed',
        failure,
        problem,
      });
    }
  });

  it('is no failure of this release when another one failed', () => {
    expect(see(said({ state: 'failed', target: OLD }))).toBeUndefined();
  });

  it('is failure when the box noted the release as failed before', () => {
    const word = said({ state: 'serving', release: OLD }, { failedBefore: 'golden-prompt-failed' });
    expect(see(word)).toMatchObject({ state: 'failed', failure: 'quality' });
  });

  it('is no failure while a person holds it', () => {
    const problem = { code: 'held', detail: 'not now' };
    expect(see(said({ state: 'blocked', target: RELEASE, problem }))).toBeUndefined();
  });

  it('is progress when phase or bytes move, and none when they repeat', () => {
    const progress = { doneBytes: 5, totalBytes: 9 };
    const moved = see(said({ phase: 'fetching', progress }));
    expect(moved).toMatchObject({ state: 'updating', phase: 'fetching', doneBytes: 5, progressAt: NOW });
    const watched = said({ phase: 'fetching', progress });
    expect(see({ ...watched, device: { ...device, phase: 'fetching', doneBytes: 5 } })).toBeUndefined();
  });

  it('turns a success into a failure when it fails later', () => {
    const watched = said({
      state: 'failed',
      target: RELEASE,
      problem: { code: 'engine-crash-loop', detail: 'x' },
    });
    expect(see({ ...watched, device: { ...device, state: 'succeeded' } })).toMatchObject({
      failure: 'crash',
    });
  });

  it('turns a failure by silence into success when the box was only slow', () => {
    const watched = said({ state: 'serving', release: RELEASE });
    const failed = { ...device, state: 'failed' as const, failure: 'timeout' as const };
    expect(see({ ...watched, device: failed })).toMatchObject({ state: 'succeeded' });
  });

  it('is said once', () => {
    const problem = { code: 'did-not-fit', detail: 'no' };
    const watched = said({ state: 'blocked', target: RELEASE, problem });
    expect(see({ ...watched, device: { ...device, state: 'failed', problem } })).toBeUndefined();
  });
});

describe('silence', () => {
  const quiet: Watched = { device: { ...device, progressAt: NOW - 60_001 }, lastSeenAt: NOW };

  it('is failure once it is longer than the device may take', () => {
    expect(see(quiet)).toMatchObject({ state: 'failed', failure: 'timeout', problem: { code: 'timeout' } });
    expect(see({ ...quiet, device: { ...device, progressAt: NOW - 60_000 } })).toBeUndefined();
  });

  it('is nothing while the rollout is paused', () => {
    expect(see(quiet, { state: 'paused' })).toBeUndefined();
  });

  it('is nothing for a device that waits for its batch', () => {
    expect(see({ ...quiet, device: { ...quiet.device, state: 'waiting' } })).toBeUndefined();
  });

  it('counts after success only when the box is not heard at all', () => {
    const word = said({ state: 'serving', release: RELEASE });
    const succeeded = { ...quiet.device, state: 'succeeded' as const };
    expect(see({ ...word, device: succeeded, lastSeenAt: NOW - 1 })).toBeUndefined();
    expect(see({ ...word, device: succeeded, lastSeenAt: NOW - 60_001 })).toMatchObject({
      failure: 'timeout',
    });
  });
});
