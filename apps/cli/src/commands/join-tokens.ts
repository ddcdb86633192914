import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { Labels } from '@flotilla/contracts';
import type { CliContext } from '../context.ts';
import { counted, time } from '../output/words.ts';
import { wholeNumber } from '../whole-number.ts';

export const joinTokensCommand = (context: CliContext) =>
  new Command('join-tokens').description('Tokens with which devices join.').addCommand(create(context));

const create = ({ client, print }: CliContext) =>
  new Command('create')
    .description('Creates a join token; it is shown once.')
    .option('--uses <count>', 'how many devices may use it', wholeNumber, 1)
    .addOption(
      new Option('--expires <duration>', 'how long it works: 30m, 24h, 7d')
        .argParser(duration)
        .default(86_400_000, '24h'),
    )
    .option('--label <key=value...>', 'labels that a device gets with it', addLabel)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  flotilla join-tokens create\n  flotilla join-tokens create --uses 50 --expires 7d --label site=lisbon',
    )
    .action(async ({ uses, expires, label: labels = {}, json }) => {
      const created = await (
        await client().api.v1['join-tokens'].$post({ json: { maxUses: uses, expiresInMs: expires, labels } })
      ).json();
      print({
        json,
        value: created,
        text: `${created.token}\n\nIt works until ${time(created.view.expiresAt)} UTC for ${counted(created.view.maxUses, 'device')} and is shown once. On the box:\n  flotilla-agent join TOKEN\n  flotilla-agent run`,
      });
    });

const UNITS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function duration(text: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const size = unit === undefined ? undefined : UNITS[unit];
  if (count === undefined || size === undefined)
    throw new InvalidArgumentError('It must be a number with s, m, h or d, such as 24h.');
  return Number(count) * size;
}

function addLabel(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  const labels = Labels.safeParse(
    at < 1 ? undefined : { ...before, [text.slice(0, at)]: text.slice(at + 1) },
  );
  if (labels.success) return labels.data;
  throw new InvalidArgumentError(
    at < 1 ? 'It must be key=value.' : labels.error.issues.map(({ message }) => message).join('; '),
  );
}
