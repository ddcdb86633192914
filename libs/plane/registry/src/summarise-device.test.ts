import type { DeviceFacts } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { hardwareLine } from './summarise-device.ts';

const facts: DeviceFacts = {
  v: 1,
  at: 0,
  os: { platform: 'linux' },
  cpu: { arch: 'x64', cores: 4, usableCores: 4, instructionSets: [] },
  memory: { totalBytes: 2 ** 33, availableBytes: 2 ** 32 },
  gpus: [],
  unknown: [],
};

describe('the hardware of a device in one line', () => {
  it('tells a box without a GPU from one whose GPU could not be asked for', () => {
    expect(hardwareLine(facts)).toBe('4 x64 cores, 8.6 GB, no GPU');
    const unknown = [{ probe: 'gpus', reason: 'no answer within 30000 ms' }];
    expect(hardwareLine({ ...facts, unknown })).toBe('4 x64 cores, 8.6 GB, GPU unknown');
    expect(hardwareLine({ ...facts, unknown: [{ probe: 'boot', reason: 'failed' }] })).toContain('no GPU');
  });

  it('is unknown before the device said anything', () => {
    expect(hardwareLine(undefined)).toBe('unknown');
  });
});
