import type { Desired, Reported, ReportedService } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { deviceState, settledState, silenceMs } from './device-state.ts';
import { diffServices } from './diff-service.ts';

const NEW = 'a'.repeat(64);
const OLD = 'b'.repeat(64);

function desired(services: Desired['services'], generation = 3): Desired {
  return { v: 1, deviceId: 'd', generation, issuedAt: 0, services, pinned: [], policy: {} };
}

function reported(services: ReportedService[], generation = 3): Reported {
  return {
    v: 1,
    deviceId: 'd',
    generation,
    at: 0,
    agent: { version: '1', protocols: [], capabilities: [] },
    facts: {
      v: 1,
      at: 0,
      os: { platform: 'linux' },
      cpu: { arch: 'x64', cores: 1, usableCores: 1, instructionSets: [] },
      memory: { totalBytes: 1, availableBytes: 1 },
      gpus: [],
      unknown: [],
    },
    services,
    failedReleases: [],
    counters: { desiredIgnored: 0, messagesRefused: 0 },
  };
}

const want = (service = 'assistant') => ({ service, release: NEW, revision: 2, activation: 'go' as const });
const serves: ReportedService = { service: 'assistant', state: 'serving', release: NEW, revision: 2 };

describe('how a device stands', () => {
  it.each<[given: string, Desired | undefined, Reported | undefined, state: string]>([
    ['nothing was ever wanted', undefined, undefined, 'idle'],
    ['nothing is wanted and nothing serves', desired([]), reported([]), 'idle'],
    ['nothing is wanted but something serves', desired([]), reported([serves]), 'changing'],
    ['it said nothing yet', desired([want()]), undefined, 'changing'],
    ['it has not answered the last generation', desired([want()], 4), reported([serves], 3), 'changing'],
    ['what is wanted serves', desired([want()]), reported([serves]), 'ready'],
    ['the release before serves', desired([want()]), reported([{ ...serves, release: OLD }]), 'changing'],
    ['a change is under way', desired([want()]), reported([{ ...serves, state: 'changing' }]), 'changing'],
    ['it is blocked', desired([want()]), reported([{ ...serves, state: 'blocked' }]), 'blocked'],
    ['the release failed', desired([want()]), reported([{ ...serves, state: 'failed' }]), 'failed'],
    [
      'a newer agent says a state we do not know',
      desired([want()]),
      reported([{ ...serves, state: 'unknown' }]),
      'changing',
    ],
    [
      'one service serves and another failed',
      desired([want(), want('reader')]),
      reported([serves, { service: 'reader', state: 'failed' }]),
      'failed',
    ],
  ])('when %s', (_given, wanted, said, state) => {
    expect(settledState({ desired: wanted, reported: said })).toBe(state);
  });

  it('is offline after its last will, its silence or its revocation', () => {
    const device = { online: true, silentAt: 100, settled: 'ready' as const };
    expect(deviceState(device, 99)).toBe('ready');
    expect(deviceState(device, 100)).toBe('offline');
    expect(deviceState({ ...device, online: false }, 99)).toBe('offline');
    expect(deviceState({ ...device, revokedAt: 5 }, 99)).toBe('offline');
  });

  it('may be silent for three of its own telemetry intervals, five minutes at least', () => {
    expect(silenceMs({})).toBe(300_000);
    expect(silenceMs({ telemetryIntervalMs: 3_600_000 })).toBe(10_800_000);
  });
});

describe('desired against reported, in words', () => {
  const explain = (wanted: Desired['services'], said: ReportedService[], generation = 3) =>
    diffServices({ desired: desired(wanted), reported: reported(said, generation) }).map(
      ({ reached, explanation }) => `${reached ? 'reached' : 'not reached'}: ${explanation}`,
    );

  it('says that it serves', () => {
    expect(explain([want()], [serves])).toEqual(['reached: assistant@2 serves.']);
  });

  it('says that the device has not answered', () => {
    expect(explain([want()], [serves], 2)).toEqual([
      'not reached: The device has not answered yet to what is wanted: assistant@2.',
    ]);
  });

  it('says why it is blocked, with the code', () => {
    const problem = { code: 'did-not-fit', detail: 'needs 812 MB, 640 MB may be used' };
    expect(explain([want()], [{ ...serves, state: 'blocked', problem }])).toEqual([
      'not reached: assistant@2 is blocked: needs 812 MB, 640 MB may be used (did-not-fit)',
    ]);
  });

  it('says what serves after a failure', () => {
    const problem = { code: 'golden-prompt-failed', detail: 'one of 3 was wrong' };
    const said: ReportedService = { ...serves, state: 'failed', release: OLD, revision: 1, problem };
    expect(explain([want()], [said])).toEqual([
      'not reached: assistant@2 failed here and is not tried again: one of 3 was wrong (golden-prompt-failed); assistant@1 serves',
    ]);
  });

  it('leaves to the device whether an engine that nothing could replace is tried again', () => {
    const problem = { code: 'engine-crash-loop', detail: 'It ended 4 times. It is started again.' };
    const { service } = serves;
    expect(explain([want()], [{ service, state: 'failed', since: 0, problem }])).toEqual([
      'not reached: assistant@2 failed here: It ended 4 times. It is started again. (engine-crash-loop); nothing serves now',
    ]);
  });

  it('says that a paused rollout holds it', () => {
    expect(explain([{ ...want(), activation: 'hold' }], [{ ...serves, state: 'changing' }])).toEqual([
      'not reached: assistant@2 is fetched and waits: its rollout is paused.',
    ]);
  });

  it('lists a service that is no longer wanted until it is gone', () => {
    expect(explain([], [serves])).toEqual([
      'not reached: The service is no longer wanted; the device has yet to remove it.',
    ]);
    expect(explain([], [{ ...serves, state: 'absent' }])).toEqual([
      'reached: Nothing is wanted and nothing serves.',
    ]);
  });
});
