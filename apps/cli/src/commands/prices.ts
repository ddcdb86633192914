import { Command, InvalidArgumentError } from '@commander-js/extra-typings';
import type { Money } from '@flotilla/contracts';
import type { CliContext } from '../context.ts';
import { findDevice } from '../find-device.ts';
import { table } from '../output/table.ts';
import { time } from '../output/words.ts';
import { wholeNumber } from '../whole-number.ts';

export const tariffsCommand = (context: CliContext) =>
  new Command('tariffs')
    .description('What a kilowatt-hour costs, from a date on.')
    .addCommand(addTariff(context))
    .addCommand(listTariffs(context));

const addTariff = ({ client, print, now }: CliContext) =>
  new Command('add')
    .description('Adds a tariff. What was accounted before its date stays as it was.')
    .requiredOption('--per-kwh <amount>', 'price of a kilowatt-hour, such as 0.25', amount)
    .option('--currency <code>', 'ISO 4217', 'EUR')
    .option('--site <site>', 'only for devices with this site label')
    .option('--from <date>', 'from when on, such as 2026-12-01; default: now', date)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  flotilla tariffs add --per-kwh 0.25 --currency EUR --site lisbon')
    .action(async ({ perKwh, currency, site, from, json }) => {
      const body = {
        validFrom: from ?? now(),
        perKwh: money(perKwh, currency),
        ...(site === undefined ? {} : { site }),
      };
      const tariff = await (await client().api.v1.tariffs.$post({ json: body })).json();
      print({
        json,
        value: tariff,
        text: `A kilowatt-hour costs ${inWords(tariff.perKwh)} from ${time(tariff.validFrom)} UTC on.`,
      });
    });

const listTariffs = ({ client, print }: CliContext) =>
  new Command('list')
    .description('Lists tariffs.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  flotilla tariffs list')
    .action(async ({ json }) => {
      const { items } = await (await client().api.v1.tariffs.$get()).json();
      const rows = items.map((one) => [inWords(one.perKwh), one.site ?? 'every site', time(one.validFrom)]);
      print({
        json,
        value: items,
        text: rows.length === 0 ? 'No tariff.' : table(['per kWh', 'site', 'from'], rows),
      });
    });

export const hardwarePricesCommand = (context: CliContext) =>
  new Command('hardware-prices')
    .description('What devices cost and how long they live, from a date on.')
    .addCommand(addHardwarePrice(context))
    .addCommand(listHardwarePrices(context));

const addHardwarePrice = ({ client, print, now }: CliContext) =>
  new Command('add')
    .description('Adds a purchase price, spread evenly over a life.')
    .requiredOption('--price <amount>', 'what it cost, such as 180', amount)
    .requiredOption('--life-months <count>', 'how long it is meant to live', wholeNumber)
    .option('--currency <code>', 'ISO 4217', 'EUR')
    .option(
      '--device <device>',
      'only this device, by name or id; default: every one without a price of its own',
    )
    .option('--from <date>', 'from when on; default: now', date)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  flotilla hardware-prices add --price 180 --life-months 48')
    .action(async ({ price, lifeMonths, currency, device, from, json }) => {
      const made = await (
        await client().api.v1['hardware-prices'].$post({
          json: {
            validFrom: from ?? now(),
            price: money(price, currency),
            lifeMonths,
            ...(device === undefined ? {} : { deviceId: await findDevice(client(), device) }),
          },
        })
      ).json();
      print({
        json,
        value: made,
        text: `${device ?? 'A device'} costs ${inWords(made.price)} over ${made.lifeMonths} months.`,
      });
    });

const listHardwarePrices = ({ client, print }: CliContext) =>
  new Command('list')
    .description('Lists hardware prices.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  flotilla hardware-prices list')
    .action(async ({ json }) => {
      const { items } = await (await client().api.v1['hardware-prices'].$get()).json();
      const rows = items.map((one) => [
        inWords(one.price),
        `${one.lifeMonths} months`,
        one.deviceId ?? 'every device',
        time(one.validFrom),
      ]);
      print({
        json,
        value: items,
        text: rows.length === 0 ? 'No hardware price.' : table(['price', 'life', 'device', 'from'], rows),
      });
    });

function amount(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('It must be an amount such as 0.25.');
  return value;
}

function date(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError('It must be a date such as 2026-12-01.');
  return at;
}

const money = (value: number, currency: string): Money => ({ micro: Math.round(value * 1e6), currency });

const inWords = ({ micro, currency }: Money) =>
  new Intl.NumberFormat(undefined, { style: 'currency', currency, maximumFractionDigits: 6 }).format(
    micro / 1e6,
  );
