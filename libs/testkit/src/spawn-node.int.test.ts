import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { spawnNode } from './spawn-node.ts';

const script = fileURLToPath(new URL('../test/child-fixture.ts', import.meta.url));

describe('spawnNode', () => {
  it('runs TypeScript with workspace packages from source and waits for what it prints', async () => {
    const child = spawnNode({ script, env: { FIXTURE_WORD: 'blue' } });
    const [, word, duration] = await child.ready(/ready with (\w+) after (\w+)/);
    expect([word, duration]).toEqual(['blue', '1s500ms']);
    expect(child.running).toBe(true);
    await child.stop();
    expect(child.output()).toContain('ends in order');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.running).toBe(false);
  });

  it('kills without a word', async () => {
    const child = spawnNode({ script });
    await child.ready(/ready/);
    await child.kill9();
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(child.output()).not.toContain('ends in order');
  });

  it('tells what a process printed that ended before it was ready', async () => {
    const child = spawnNode({ script, args: ['fail'] });
    await expect(child.ready(/ready/)).rejects.toThrow(/cannot go on/);
    expect((await child.exited).code).toBe(3);
  });

  it('tells when a process does not get ready in time', async () => {
    const child = spawnNode({ script });
    await expect(child.ready(/never printed/, { deadlineMs: 50 })).rejects.toMatchObject({ code: 'timeout' });
    await child.kill9();
  });
});
