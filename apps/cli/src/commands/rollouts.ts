import { setTimeout as delay } from 'node:timers/promises';
import { Command } from '@commander-js/extra-typings';
import { FlotillaError, type Rollout } from '@flotilla/contracts';
import { allPages } from '../all-pages.ts';
import type { CliContext } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { table } from '../output/table.ts';
import { age, counted } from '../output/words.ts';

export const rolloutsCommand = (context: CliContext) =>
  new Command('rollouts')
    .description('Brings a release to the devices that a selector matches.')
    .addCommand(start(context))
    .addCommand(watch(context))
    .addCommand(list(context));

const start = (context: CliContext) =>
  new Command('start')
    .description('Starts a rollout.')
    .argument('<release>', 'as assistant@3, or its digest')
    .requiredOption('--selector <selector>', 'which devices: `*`, or conditions such as `site=lisbon`')
    .option('--watch', 'stay until it has ended')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      "\nExamples:\n  flotilla rollouts start assistant@2 --selector '*' --watch\n  flotilla rollouts start assistant@2 --selector 'site=lisbon'",
    )
    .action(async (release, { selector, watch: stay, json }) => {
      const rollout = await (
        await context.client().api.v1.rollouts.$post({ json: { release, selector } })
      ).json();
      if (stay) return follow(context, rollout.id, json);
      context.print({
        json,
        value: rollout,
        text: `Started ${rollout.id}. Watch it:\n  flotilla rollouts watch ${rollout.id}`,
      });
    });

const watch = (context: CliContext) =>
  new Command('watch')
    .description('Shows a rollout until it has ended; exit code 5 when it did not complete.')
    .argument('<rollout>', 'its id')
    .option('--json', 'print JSON, one line per change')
    .addHelpText('after', '\nExample:\n  flotilla rollouts watch 019a...')
    .action((id, { json }) => follow(context, id, json));

/** A line per change, until the rollout has ended. */
async function follow(
  { client, note, print, signal }: CliContext,
  id: string,
  json: boolean | undefined,
): Promise<void> {
  let last = '';
  for (;;) {
    const rollout = await (
      await client().api.v1.rollouts[':rolloutId'].$get({ param: { rolloutId: id } })
    ).json();
    const line = progressLine(rollout);
    if (line !== last && json !== true) note(line);
    if (line !== last && json === true) process.stdout.write(`${JSON.stringify(rollout)}\n`);
    last = line;
    if (rollout.endedAt !== undefined || rollout.state === 'paused') {
      if (json !== true) print({ json, value: rollout, text: rollout.why ?? rollout.state });
      if (rollout.state !== 'completed') process.exitCode = EXIT_CODES['rollout-failed'];
      return;
    }
    await delay(500, undefined, { signal }).catch(() => {
      throw new FlotillaError('aborted', 'Stopped watching; the rollout goes on.');
    });
  }
}

function progressLine(rollout: Rollout): string {
  const count = (key: 'devices' | 'succeeded' | 'failed') =>
    rollout.batches.reduce((sum, batch) => sum + batch[key], 0);
  const failed = count('failed');
  return `${rollout.state}: ${count('succeeded')} of ${counted(count('devices'), 'device')} done${failed === 0 ? '' : `, ${failed} failed`}`;
}

/** `2/3`, or `2/3 1 failed`. */
function doneOf({ batches }: Rollout): string {
  const count = (key: 'devices' | 'succeeded' | 'failed') =>
    batches.reduce((sum, batch) => sum + batch[key], 0);
  const failed = count('failed');
  return `${count('succeeded')}/${count('devices')}${failed === 0 ? '' : ` ${failed} failed`}`;
}

const list = ({ client, print, now }: CliContext) =>
  new Command('list')
    .description('Lists rollouts, newest first.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  flotilla rollouts list')
    .action(async ({ json }) => {
      const rollouts = await allPages(async (cursor) =>
        (await client().api.v1.rollouts.$get({ query: cursor })).json(),
      );
      const rows = rollouts.map((rollout) => [
        rollout.id,
        `${rollout.service}@${rollout.revision}`,
        rollout.selector,
        rollout.state,
        doneOf(rollout),
        age(rollout.createdAt, now()),
      ]);
      print({
        json,
        value: rollouts,
        text:
          rows.length === 0 ? 'No rollout.' : table(['id', 'release', 'where', 'state', 'done', 'age'], rows),
      });
    });
