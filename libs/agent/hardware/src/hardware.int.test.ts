import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { systemClock } from '@flotilla/kernel';
import { tempFolder } from '@flotilla/testkit';
import { describe, expect, it, vi } from 'vitest';

import { askApart } from './apart/ask-apart.ts';
import { createProbes } from './create-probes.ts';
import { detectHardware } from './detect-hardware.ts';
import { createHealthSampler } from './health/create-health-sampler.ts';
import { linuxProbes } from './probes/linux-probes.ts';
import { kernelFiles } from './proc/read-text.ts';

const recorded = (path: string): string =>
  fileURLToPath(new URL(`../fixtures/recorded/${path}`, import.meta.url));

describe('a machine that was recorded', () => {
  it('is read as it was when it was recorded', async () => {
    const probes = linuxProbes(kernelFiles(recorded('files')));
    const readings = {
      os: await probes.os(),
      machine: await probes.machine(),
      cpu: await probes.cpu(),
      affinity: await probes.affinity(),
      controlGroups: await probes.controlGroups(),
      memory: await probes.memory(),
      power: await probes.power(),
      temperature: await probes.temperature(),
      boot: await probes.boot(),
    };
    expect(readings).toEqual(JSON.parse(await readFile(recorded('readings.json'), 'utf8')));
  });
});

describe('this machine', () => {
  it('is detected: processor, memory and disk known, every number possible', async () => {
    await using folder = await tempFolder({ name: 'hardware' });
    const facts = await detectHardware(createProbes({ dataFolder: folder.path }), systemClock, {
      deadlineMs: 60_000,
    });
    expect(facts.unknown).toEqual([]);
    expect(facts.cpu.usableCores).toBeLessThanOrEqual(facts.cpu.cores);
    expect(facts.memory.availableBytes).toBeLessThanOrEqual(facts.memory.totalBytes);
    expect(facts.memory.bandwidthBytesPerSecond).toBeGreaterThan(0);
    expect(facts.disk?.freeBytes).toBeGreaterThan(0);
    expect(facts.os.platform).toBe(process.platform);
  });

  it('names the probes of a data folder that is not there and of an engine that cannot be asked', async () => {
    const probes = createProbes({
      dataFolder: '/nowhere/at/all',
      engineGpus: async () => Promise.reject(new TypeError('no engine')),
    });
    const facts = await detectHardware(probes, systemClock, { deadlineMs: 60_000 });
    expect(facts.unknown.map(({ probe }) => probe).sort()).toEqual(['disk', 'gpus']);
    expect(facts.disk).toBeUndefined();
  });

  it('gives up a measurement of its bandwidth when its signal aborts, with the reason', async () => {
    const stop = new AbortController();
    const measuring = askApart({ ask: 'bandwidth', threads: 1, availableBytes: 1e9 }, stop.signal);
    stop.abort(new TypeError('stopped'));
    await expect(measuring).rejects.toThrow('stopped');
  });

  it('tells its health without starting a process', async () => {
    const spawned = vi.fn();
    subscribe('child_process', spawned);
    await using folder = await tempFolder({ name: 'health' });
    let times = { busyMs: 100, totalMs: 1000 };
    const sampler = createHealthSampler({ dataFolder: folder.path, cpuTimes: () => times });
    expect((await sampler.sample()).cpuShare).toBeUndefined();
    times = { busyMs: 350, totalMs: 2000 };
    const health = await sampler.sample();
    expect(health.cpuShare).toBe(0.25);
    expect(health.memoryUsedBytes).toBeLessThanOrEqual(health.memoryTotalBytes ?? 0);
    expect(health.agentBytes).toBeGreaterThan(0);
    expect(health.diskFreeBytes).toBeGreaterThan(0);
    expect(spawned).not.toHaveBeenCalled();
    unsubscribe('child_process', spawned);
  });
});
