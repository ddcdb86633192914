import { Gate } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { desiredChange } from './desired-change.ts';
import type { RolloutDevice, RolloutRow, Want } from './rollout-store.ts';

const rollout: RolloutRow = {
  id: 'r',
  service: 'assistant',
  release: 'new',
  revision: 2,
  selector: '*',
  state: 'running',
  gate: Gate.parse({}),
  batches: [],
  createdAt: 0,
  createdBy: 'test',
  version: 1,
};

function device(wanted: Want, more: Partial<RolloutDevice> = {}): RolloutDevice {
  return {
    rolloutId: 'r',
    deviceId: 'd',
    batch: 0,
    position: '0',
    state: 'updating',
    wanted,
    applied: 'none',
    generation: 0,
    progressAt: 0,
    previous: { release: 'old', revision: 1 },
    ...more,
  };
}

const now = (activation: 'go' | 'hold') => ({
  service: 'assistant',
  release: 'new',
  revision: 2,
  activation,
});

describe('what a device is told', () => {
  it('keeps the release before on its disk while the rollout runs', () => {
    expect(desiredChange(device('go'), rollout)).toMatchObject({ set: [now('go')], pin: ['old'] });
    expect(desiredChange(device('hold'), rollout)).toMatchObject({ set: [now('hold')], pin: ['old'] });
  });

  it('lets it go once the rollout is over', () => {
    expect(desiredChange(device('keep'), rollout)).toEqual({ set: [now('go')], unpin: ['old'] });
  });

  it('goes back by a pointer', () => {
    const before = { service: 'assistant', release: 'old', revision: 1, activation: 'go' };
    expect(desiredChange(device('back'), rollout)).toEqual({ set: [before], unpin: ['old'] });
  });

  it('goes back to nothing where nothing was before', () => {
    expect(desiredChange(device('back', { previous: undefined }), rollout)).toEqual({
      remove: ['assistant'],
    });
  });

  it('has a device that is tried again answer again', () => {
    expect(desiredChange(device('go', { generation: 7 }), rollout)).toMatchObject({ reissue: true });
    expect(desiredChange(device('go'), rollout)).toMatchObject({ reissue: false });
  });
});
