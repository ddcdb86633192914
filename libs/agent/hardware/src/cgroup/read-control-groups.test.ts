import { describe, expect, it } from 'vitest';

import { memoryFiles } from '../../test/memory-files.ts';
import { readControlGroups } from './read-control-groups.ts';

const V2_MOUNT = 'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n';
const V1_MOUNTS =
  'cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\ncgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\n';

describe('the limits of this process', () => {
  it('are none on a machine without groups', async () => {
    expect(await readControlGroups(memoryFiles({}))).toEqual({});
  });

  it('in version 2 are those of its own group and of every group above it', async () => {
    const files = memoryFiles({
      'proc/self/cgroup': '0::/apps.slice/agent.service\n',
      'proc/self/mounts': V2_MOUNT,
      'sys/fs/cgroup/apps.slice/memory.max': '1000000000\n',
      'sys/fs/cgroup/apps.slice/memory.current': '400000000\n',
      'sys/fs/cgroup/apps.slice/memory.stat': 'anon 1\ninactive_file 100000000\n',
      'sys/fs/cgroup/apps.slice/cpu.max': '150000 100000\n',
      'sys/fs/cgroup/apps.slice/agent.service/memory.max': 'max\n',
      'sys/fs/cgroup/apps.slice/agent.service/memory.current': '50000000\n',
      'sys/fs/cgroup/apps.slice/agent.service/cpu.max': 'max 100000\n',
    });
    expect(await readControlGroups(files)).toEqual({
      memoryLimitBytes: 1_000_000_000,
      memoryUsedBytes: 300_000_000,
      cpuQuota: 1.5,
    });
  });

  it('in version 1 are found by controller, and its huge number means none', async () => {
    const files = memoryFiles({
      'proc/self/cgroup': '4:memory:/box\n2:cpu,cpuacct:/box\n0::/\n',
      'proc/self/mounts': V1_MOUNTS,
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      'sys/fs/cgroup/memory/box/memory.limit_in_bytes': '536870912\n',
      'sys/fs/cgroup/memory/box/memory.usage_in_bytes': '136870912\n',
      'sys/fs/cgroup/memory/box/memory.stat': 'inactive_file 5\ntotal_inactive_file 36870912\n',
      'sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us': '50000\n',
      'sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us': '100000\n',
    });
    expect(await readControlGroups(files)).toEqual({
      memoryLimitBytes: 536_870_912,
      memoryUsedBytes: 100_000_000,
      cpuQuota: 0.5,
    });
  });

  it('of an old container are read at the mount, whose root is its own group', async () => {
    const files = memoryFiles({
      'proc/self/cgroup': '4:memory:/docker/f3a91c\n0::/\n',
      'proc/self/mounts': V1_MOUNTS,
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '2147483648\n',
      'sys/fs/cgroup/memory/memory.usage_in_bytes': '100000000\n',
    });
    expect(await readControlGroups(files)).toMatchObject({ memoryLimitBytes: 2_147_483_648 });
  });
});
