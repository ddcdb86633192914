import { describe, expect, it } from 'vitest';
import { createModelledEnergyMeter, guessTdpWatts } from './energy-meter.ts';

describe('the modelled energy meter', () => {
  it('multiplies power, load and time, and names its method', () => {
    const meter = createModelledEnergyMeter({ tdpWatts: 65 });
    expect(meter.measure({ intervalMs: 30_000, cpuShare: 0.5 })).toEqual({ joules: 975, method: 'modelled' });
  });

  it('adds three watts for eight gibibytes of memory', () => {
    const meter = createModelledEnergyMeter({ tdpWatts: 10 });
    const { joules } = meter.measure({ intervalMs: 1_000, cpuShare: 0, memoryTotalBytes: 8 * 2 ** 30 });
    expect(joules).toBeCloseTo(3);
  });

  it('assumes half a load where none could be read', () => {
    expect(createModelledEnergyMeter({ tdpWatts: 100 }).measure({ intervalMs: 1_000 }).joules).toBe(50);
  });
});

describe('guessTdpWatts', () => {
  it.each([
    [{ cpuModel: 'Cortex-A76', arch: 'arm64', cores: 4 }, 12],
    [{ cpuModel: 'Apple M3 Pro', arch: 'arm64', cores: 12 }, 40],
    [{ cpuModel: 'Intel(R) N100', arch: 'x64', cores: 4 }, 10],
    [{ arch: 'x64', cores: 2 }, 16],
    [{ arch: 'x64', cores: 128 }, 280],
    [{ arch: 'arm64', cores: 2 }, 5],
  ])('says of %j: %d W', (cpu, watts) => {
    expect(guessTdpWatts(cpu)).toBe(watts);
  });
});
