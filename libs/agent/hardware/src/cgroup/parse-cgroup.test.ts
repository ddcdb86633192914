import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  ancestors,
  bindingLimits,
  parseCgroupFile,
  parseCgroupMounts,
  parseCpuMax,
  parseMemoryLimit,
  parseMemoryUse,
  parseQuota,
} from './parse-cgroup.ts';

describe('/proc/self/cgroup', () => {
  it('of version 2 names one group', () => {
    expect(parseCgroupFile('0::/system.slice/flotilla-agent.service\n')).toEqual({
      unified: '/system.slice/flotilla-agent.service',
      legacy: new Map(),
    });
  });

  it('of a hybrid names a group per controller, some sharing one', () => {
    const text = '4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc/limited\n1:name=systemd:/\n0::/\n';
    const { unified, legacy } = parseCgroupFile(text);
    expect(unified).toBe('/');
    expect(legacy.get('memory')).toBe('/docker/abc');
    expect(legacy.get('cpu')).toBe('/docker/abc/limited');
    expect(legacy.get('cpuacct')).toBe('/docker/abc/limited');
  });

  it('keeps a colon in the name of a group', () => {
    expect(parseCgroupFile('0::/a:b/c\n').unified).toBe('/a:b/c');
  });
});

describe('/proc/self/mounts', () => {
  it('tells where each hierarchy is', () => {
    const text = [
      'sysfs /sys sysfs rw 0 0',
      'cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,cpu,cpuacct 0 0',
      'cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0',
      'cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0',
    ].join('\n');
    const { unified, legacy } = parseCgroupMounts(text);
    expect(unified).toBe('/sys/fs/cgroup/unified');
    expect(legacy.get('cpu')).toBe('/sys/fs/cgroup/cpu,cpuacct');
    expect(legacy.get('memory')).toBe('/sys/fs/cgroup/memory');
  });
});

it.each([
  ['/a/b/c', ['/a/b/c', '/a/b', '/a', '/']],
  ['/', ['/']],
  ['/../../neighbour', ['/neighbour', '/']],
])('the groups above %s are %j', (path, expected) => {
  expect(ancestors(path)).toEqual(expected);
});

it.each([
  ['max\n', undefined],
  ['536870912\n', 536_870_912],
  ['9223372036854771712\n', undefined],
  ['', undefined],
  [undefined, undefined],
])('a memory limit of %j is %j', (text, expected) => {
  expect(parseMemoryLimit(text)).toBe(expected);
});

it.each([
  ['max 100000\n', undefined],
  ['150000 100000\n', 1.5],
  ['50000 100000', 0.5],
  ['20000', 0.2],
  [undefined, undefined],
])('a cpu.max of %j is %j cores', (text, expected) => {
  expect(parseCpuMax(text)).toBe(expected);
});

it.each([
  ['-1', '100000', undefined],
  ['250000\n', '100000\n', 2.5],
  ['250000', '0', undefined],
  [undefined, '100000', undefined],
])('a quota of %j per %j is %j cores', (quota, period, expected) => {
  expect(parseQuota(quota, period)).toBe(expected);
});

it.each([
  ['anon 5\ninactive_file 300\n', 700],
  ['inactive_file 1\ntotal_inactive_file 400\n', 600],
  [undefined, 1000],
])('use leaves out the file pages that nobody touched, by a stat of %j', (stat, expected) => {
  expect(parseMemoryUse({ current: '1000\n', stat })).toBe(expected);
});

describe('what binds in nested groups', () => {
  it('is nothing where no group has a limit', () => {
    expect(bindingLimits([{}, { memoryUsedBytes: 5 }])).toEqual({});
  });

  it('is the group that leaves the least, even when another has the smaller limit', () => {
    const own = { memoryLimitBytes: 500, memoryUsedBytes: 100 };
    const parent = { memoryLimitBytes: 1000, memoryUsedBytes: 900 };
    const { memoryLimitBytes, memoryUsedBytes } = bindingLimits([own, parent]);
    expect(memoryLimitBytes).toBe(500);
    expect((memoryLimitBytes ?? 0) - (memoryUsedBytes ?? 0)).toBe(100);
  });

  it('is the least quota of all', () => {
    expect(bindingLimits([{ cpuQuota: 4 }, {}, { cpuQuota: 1.5 }])).toEqual({ cpuQuota: 1.5 });
  });

  it('never promises more than any single group leaves', () => {
    const group = fc.record({
      memoryLimitBytes: fc.option(fc.nat(1000), { nil: undefined }),
      memoryUsedBytes: fc.nat(1000),
    });
    fc.assert(
      fc.property(fc.array(group), (groups) => {
        const { memoryLimitBytes, memoryUsedBytes = 0 } = bindingLimits(groups);
        if (memoryLimitBytes === undefined) return;
        for (const one of groups) {
          if (one.memoryLimitBytes === undefined) continue;
          const left = Math.max(0, one.memoryLimitBytes - one.memoryUsedBytes);
          expect(Math.max(0, memoryLimitBytes - memoryUsedBytes)).toBeLessThanOrEqual(left);
          expect(memoryLimitBytes).toBeLessThanOrEqual(one.memoryLimitBytes);
        }
      }),
    );
  });
});
