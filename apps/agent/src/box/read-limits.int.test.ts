import { tmpdir } from 'node:os';
import { DeviceFacts } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { agentInfo } from '../agent-info.ts';
import { effectivePolicy, readLimits } from './read-limits.ts';

const facts = DeviceFacts.parse({
  v: 1,
  at: 0,
  os: { platform: 'linux' },
  cpu: { arch: 'arm64', cores: 4, usableCores: 4 },
  memory: { totalBytes: 8_000, availableBytes: 6_000 },
});
const read = (own: { memoryCap?: number } = {}) =>
  readLimits({ facts, agent: agentInfo(undefined), desired: undefined, own, folder: tmpdir() });

describe('effectivePolicy', () => {
  it('takes the tighter of what the fleet and what the box says', () => {
    expect(effectivePolicy({ memoryCapBytes: 10, downloadBytesPerSecond: 5_000 }, { memoryCap: 7 })).toEqual({
      memoryCapBytes: 7,
      downloadBytesPerSecond: 5_000,
    });
    expect(effectivePolicy(undefined, {})).toEqual({});
  });
});

describe('readLimits', () => {
  it('keeps a part of the memory for the rest of the box', async () => {
    expect((await read()).memoryBytes).toBe(6_800);
  });

  it('asks for a new choice when the cap changes', async () => {
    const [without, withCap] = [await read(), await read({ memoryCap: 1_000 })];
    expect(withCap.memoryBytes).toBe(1_000);
    expect(withCap.key).not.toBe(without.key);
    expect((await read()).key).toBe(without.key);
  });

  it('reads the free disk of the folder', async () => {
    expect((await read()).freeDiskBytes).toBeGreaterThan(0);
  });
});
