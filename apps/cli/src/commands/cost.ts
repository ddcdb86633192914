import { Command, Option } from '@commander-js/extra-typings';
import { CostBy, type CostLine, type CostReport } from '@flotilla/contracts';
import { wrapWords } from '@flotilla/kernel';
import type { CliContext } from '../context.ts';
import { table } from '../output/table.ts';
import { terminalWidth } from '../output/terminal-width.ts';
import { number } from '../output/words.ts';
import { wholeNumber } from '../whole-number.ts';

export const costCommand = ({ client, print, now }: CliContext) =>
  new Command('cost')
    .description('What the fleet costs: energy by tariff, hardware by price and life.')
    .addOption(new Option('--by <what>', 'grouped by').choices(CostBy.options).default('device' as const))
    .option('--days <count>', 'how many days back', wholeNumber, 1)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  flotilla cost --by service --days 7')
    .action(async ({ by, days, json }) => {
      const to = now();
      const from = to - days * 86_400_000;
      const report = await (
        await client().api.v1.cost.$get({ query: { by, from: String(from), to: String(to) } })
      ).json();
      const row = (line: CostLine) => [
        line.label,
        number(line.requests),
        number(line.tokensIn + line.tokensOut),
        `${number((line.joules.measured + line.joules.modelled) / 3_600)} Wh`,
        money(line.energy),
        money(line.hardware),
        line.perMillionTokens === undefined ? '-' : money(line.perMillionTokens),
      ];
      print({
        json,
        value: report,
        text: [
          table(
            [by, 'requests', 'tokens', 'energy', 'for energy', 'hardware', 'per M tokens'],
            [...report.lines, report.total].map(row),
          ),
          ...report.missing.flatMap((price) => wrapWords(unknown(price), terminalWidth())),
        ].join('\n'),
      });
    });

function unknown(price: CostReport['missing'][number]): string {
  return `No ${price.replace('-', ' ')} is known for a part of this time, which counts as zero: \`flotilla ${price}s --help\`.`;
}

/** `~` marks a modelled figure. */
function money({ amount, basis }: CostLine['energy']): string {
  const text = new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency: amount.currency,
    maximumSignificantDigits: 3,
  }).format(amount.micro / 1e6);
  return basis === 'modelled' ? `~${text}` : text;
}
