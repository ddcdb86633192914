import { writeFile } from 'node:fs/promises';
import { FlotillaError, type Command, type CommandResult } from '@flotilla/contracts';
import { fakeClock, tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandDesk } from './command-desk.ts';

let folder: TempFolder;
beforeEach(async () => {
  folder = await tempFolder({ name: 'commands' });
});
afterEach(() => folder.remove());

const clock = fakeClock();
const command = (change: Partial<Command> = {}): Command => ({
  v: 1,
  id: 'c-1',
  issuedAt: clock.now(),
  expiresAt: clock.now() + 60_000,
  kind: 'report',
  ...change,
});

function openDesk(report: () => Promise<void> = async () => {}) {
  const results: CommandResult[] = [];
  let done = 0;
  const desk = new CommandDesk({
    path: folder.file('commands.json'),
    clock,
    actions: {
      report: async () => {
        done += 1;
        await report();
      },
      detect: async () => {},
      'collect-garbage': async () => {},
    },
    publish: async (result) => void results.push(result),
  });
  return { desk, results, done: () => done };
}

describe('CommandDesk', () => {
  it('does a command once, however often it comes, also after a restart', async () => {
    const first = openDesk();
    await first.desk.take(command());
    await first.desk.take(command());
    const second = openDesk();
    await second.desk.take(command());
    expect(first.done() + second.done()).toBe(1);
    expect([...first.results, ...second.results].map(({ id, outcome }) => [id, outcome])).toEqual(
      Array.from({ length: 3 }, () => ['c-1', 'done']),
    );
  });

  it('refuses what has expired and what it does not know', async () => {
    const { desk, results, done } = openDesk();
    await desk.take(command({ id: 'late', expiresAt: clock.now() - 1 }));
    await desk.take(command({ id: 'strange', kind: 'unknown' }));
    expect(done()).toBe(0);
    expect(results.map(({ id, outcome, problem }) => [id, outcome, problem?.code])).toEqual([
      ['late', 'refused', 'stale-document'],
      ['strange', 'refused', 'agent-too-old'],
    ]);
  });

  it('tells why a command failed', async () => {
    const { desk, results } = openDesk(async () => {
      throw new FlotillaError('offline', 'The link is down.');
    });
    await desk.take(command());
    expect(results[0]).toMatchObject({ outcome: 'failed', problem: { code: 'offline' } });
  });

  it('begins a damaged journal again', async () => {
    await writeFile(folder.file('commands.json'), '{"v":1,"resu');
    const { desk, results } = openDesk();
    await desk.take(command());
    expect(results).toHaveLength(1);
  });
});
