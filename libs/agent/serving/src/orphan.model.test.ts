import { spawnNode } from '@flotilla/testkit';
import { expect, it } from 'vitest';
import { writeTinyModel } from '../test/tiny-model.ts';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

it('leaves no engine behind when the supervisor is killed in the middle of an answer', async () => {
  const model = await writeTinyModel();
  const supervisor = spawnNode({
    script: `${import.meta.dirname}/../test/hold-engine.ts`,
    args: [model.path],
  });
  const pid = Number((await supervisor.ready(/engine (\d+)/))[1]);
  expect(isAlive(pid)).toBe(true);
  await supervisor.kill9();
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  await model.remove();
});
