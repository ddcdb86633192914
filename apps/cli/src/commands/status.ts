import { Command } from '@commander-js/extra-typings';
import { DEVICE_STATES, quantile } from '@flotilla/contracts';
import type { CliContext } from '../context.ts';
import { facts } from '../output/table.ts';
import { counted, number } from '../output/words.ts';

export const statusCommand = ({ client, print }: CliContext) =>
  new Command('status')
    .description('The fleet in a few lines: devices by state, the last day, what runs.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  flotilla status\n  flotilla status --json | jq .devices')
    .action(async ({ json }) => {
      const overview = await (await client().api.v1.overview.$get()).json();
      const { devices, lastDay, cost } = overview;
      const speed = quantile(lastDay.tokensPerSecond, 0.5);
      const states = DEVICE_STATES.filter((state) => (devices[state] ?? 0) > 0).map(
        (state) => `${devices[state]} ${state}`,
      );
      const money = new Intl.NumberFormat(undefined, {
        style: 'currency',
        currency: cost.total.amount.currency,
        maximumSignificantDigits: 3,
      });
      print({
        json,
        value: overview,
        text: facts([
          [
            'Devices',
            states.length === 0 ? 'none has joined yet: `flotilla join-tokens create`' : states.join(', '),
          ],
          ['Rollouts', `${overview.rolloutsRunning} running`],
          ['Catalogue', `${counted(overview.models, 'model')}, ${counted(overview.releases, 'release')}`],
          [
            'Last day',
            `${counted(lastDay.requests, 'request')}, ${number(lastDay.errors)} failed, ${counted(lastDay.tokensOut, 'token')} out`,
          ],
          ['Speed', speed === undefined ? undefined : `${number(speed)} tokens/s, median`],
          [
            'Energy',
            `${number((cost.joules.measured + cost.joules.modelled) / 3_600)} Wh (${cost.joules.measured === 0 ? 'modelled' : 'measured in part'})`,
          ],
          [
            'Cost',
            cost.total.amount.micro === 0
              ? 'not known: `flotilla tariffs --help`, `flotilla hardware-prices --help`'
              : `${money.format(cost.total.amount.micro / 1e6)} (${cost.total.basis})`,
          ],
        ]),
      });
    });
