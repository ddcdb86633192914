import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { readProcessUsage } from './read-process-usage.ts';

describe('readProcessUsage', () => {
  it('sees what another process computes, stops seeing it when it is stopped, and nothing when it is gone', async () => {
    const child = spawn(process.execPath, ['-e', 'for (;;);']);
    const pid = child.pid ?? 0;
    try {
      const first = await readProcessUsage(pid);
      await vi.waitFor(async () =>
        expect((await readProcessUsage(pid))?.cpuSeconds).toBeGreaterThan(first?.cpuSeconds ?? Infinity),
      );
      process.kill(pid, 'SIGSTOP');
      await vi.waitFor(async () => {
        const before = await readProcessUsage(pid);
        expect(await readProcessUsage(pid)).toEqual(before);
      });
    } finally {
      child.kill('SIGKILL');
    }
    await once(child, 'exit');
    expect(await readProcessUsage(pid)).toBeUndefined();
  });
});
