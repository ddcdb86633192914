import { DeviceFacts } from '@flotilla/contracts';
import { systemClock } from '@flotilla/kernel';
import { fakeClock } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';

import { detectHardware } from './detect-hardware.ts';
import {
  DEVICE_FIXTURES,
  probesOf,
  type DeviceFixtureName,
  type Readings,
} from './testing/device-fixtures.ts';

const names = Object.keys(DEVICE_FIXTURES) as DeviceFixtureName[];
const readingsOf = (name: DeviceFixtureName): Readings => DEVICE_FIXTURES[name].readings;
const PROBES = [
  'hostname',
  'os',
  'machine',
  'cpu',
  'affinity',
  'controlGroups',
  'memory',
  'bandwidth',
  'gpus',
  'disk',
  'power',
  'temperature',
  'boot',
] as const;

describe('the facts of a machine', () => {
  it.each(names)('of %s are whole, fit their contract, and leave nothing unknown', async (name) => {
    const facts = await detectHardware(probesOf(readingsOf(name)), systemClock);
    expect(DeviceFacts.parse(facts)).toEqual(facts);
    expect(facts.unknown).toEqual([]);
    expect(facts.memory.availableBytes).toBeLessThanOrEqual(facts.memory.totalBytes);
  });

  it('of a container are its limits, not those of its host', async () => {
    const { cpu, memory } = await detectHardware(probesOf(readingsOf('container')), systemClock);
    expect(cpu).toMatchObject({ cores: 64, usableCores: 1.5 });
    expect(memory).toMatchObject({
      totalBytes: 2 * 1024 ** 3,
      cgroupLimitBytes: 2 * 1024 ** 3,
      availableBytes: 2 * 1024 ** 3 - 300 * 1024 ** 2,
      physicalBytes: 256 * 1024 ** 3,
    });
  });

  it('have no group limit where it is above the physical memory', async () => {
    const readings = { ...readingsOf('raspberry-pi-5'), controlGroups: { memoryLimitBytes: 64e9 } };
    const { memory } = await detectHardware(probesOf(readings), systemClock);
    expect(memory.totalBytes).toBe(8.46e9);
    expect(memory.cgroupLimitBytes).toBeUndefined();
  });

  it.each(PROBES)('are told without %s when that probe fails, and name it', async (probe) => {
    const facts = await detectHardware(probesOf(readingsOf('nvidia-pc'), { failing: [probe] }), systemClock);
    expect(DeviceFacts.safeParse(facts).success).toBe(true);
    expect(facts.unknown).toHaveLength(1);
    expect(facts.unknown[0]?.reason).toBe(`${probe} failed`);
  });

  it('are told when every probe fails, from what needs no asking', async () => {
    const facts = await detectHardware(probesOf(readingsOf('macbook'), { failing: PROBES }), systemClock);
    expect(facts.unknown).toHaveLength(PROBES.length);
    expect(facts).toMatchObject({
      os: { platform: 'darwin' },
      cpu: { arch: 'arm64', cores: 11, usableCores: 11 },
      memory: { totalBytes: 18 * 1024 ** 3, availableBytes: 2 * 1024 ** 3 },
    });
  });

  it('cost a probe that answers nonsense its own fact only', async () => {
    const readings = { ...readingsOf('nvidia-pc'), temperature: NaN, bandwidth: -1 };
    const facts = await detectHardware(probesOf(readings), systemClock);
    expect(facts.unknown.map(({ probe }) => probe).sort()).toEqual(['bandwidth', 'temperature']);
    expect(facts.unknown[0]?.reason).toContain('answered nonsense');
    expect(facts.memory.bandwidthBytesPerSecond).toBeUndefined();
    expect(DeviceFacts.safeParse(facts).success).toBe(true);
  });

  it('give the GPUs, which an engine in its own process is asked for, longer than the rest', async () => {
    const clock = fakeClock();
    const hanging = ['gpus', 'temperature'] as const;
    const detecting = detectHardware(probesOf(readingsOf('nvidia-pc'), { hanging }), clock);
    await clock.advance(10_000);
    expect(clock.waiting).toBe(1);
    await clock.advance(20_000);
    const { unknown } = await detecting;
    expect(unknown).toEqual([
      { probe: 'temperature', reason: 'no answer within 10000 ms' },
      { probe: 'gpus', reason: 'no answer within 30000 ms' },
    ]);
  });

  it('do not wait for a probe that never answers longer than its deadline', async () => {
    const clock = fakeClock();
    const detecting = detectHardware(
      probesOf(readingsOf('nvidia-pc'), { hanging: ['gpus', 'temperature'] }),
      clock,
      {
        deadlineMs: 2000,
      },
    );
    await clock.advance(2000);
    const { unknown, gpus } = await detecting;
    expect(unknown.map(({ probe }) => probe).sort()).toEqual(['gpus', 'temperature']);
    expect(unknown[0]?.reason).toBe('no answer within 2000 ms');
    expect(gpus).toEqual([]);
    expect(clock.waiting).toBe(0);
  });
});
