import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { linkTo } from './engine-link.ts';
import { askFor } from './testing/engine-contract.ts';

/** A process that answers `stats` with the kinds of all commands it was sent. */
const COMMAND_LOG = `
  const seen = [];
  process.on('message', ({ type, id }) => {
    seen.push(type);
    if (type === 'stats') process.send({ type: 'reply', id, value: seen });
  });
  process.on('disconnect', () => process.exit(0));
`;

it('fails a request and a question that cannot be sent, and keeps nothing of them', async () => {
  const child = spawn(process.execPath, ['--eval', COMMAND_LOG], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  const link = linkTo(child);
  // JSON.stringify cannot walk it.
  let deep: Record<string, unknown> = {};
  for (let level = 0; level < 200_000; level += 1) deep = { deep };
  const unsendable = { ...askFor('x'), tools: [{ name: 'f', parameters: deep }] };

  const { id, channel } = link.open(unsendable);
  await expect(channel.events().next()).rejects.toMatchObject({ code: 'internal' });
  await expect(
    link.ask((question) => ({ type: 'count-tokens', id: question, request: unsendable })),
  ).rejects.toMatchObject({ code: 'internal' });

  // A request that was still held would be cancelled in the engine now.
  link.cancel(id);
  expect(await link.ask((question) => ({ type: 'stats', id: question }))).toEqual(['stats']);
});
