import { Command, Option } from '@commander-js/extra-typings';
import {
  type CandidateVerdict,
  DEVICE_STATES,
  type DeviceDetail,
  type DeviceSummary,
  FlotillaError,
  gpuBackend,
  Labels,
} from '@flotilla/contracts';
import { wrapWords } from '@flotilla/kernel';
import type { CliContext } from '../context.ts';
import { facts, table } from '../output/table.ts';
import { terminalWidth } from '../output/terminal-width.ts';
import { ago, bytes, number, withAdapter } from '../output/words.ts';
import { allPages } from '../all-pages.ts';
import { findDevice } from '../find-device.ts';

export const devicesCommand = (context: CliContext) =>
  new Command('devices')
    .description('The boxes and laptops of the fleet.')
    .addCommand(list(context))
    .addCommand(show(context))
    .addCommand(label(context))
    .addCommand(revoke(context));

const list = ({ client, print, now }: CliContext) =>
  new Command('list')
    .description('Lists devices with their state and what they serve.')
    .option('--selector <selector>', 'conditions joined by AND, such as `site=lisbon AND hw.arch=arm64`')
    .addOption(new Option('--state <state>', 'in this state').choices(DEVICE_STATES))
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      "\nExamples:\n  flotilla devices list\n  flotilla devices list --selector 'site=lisbon' --state failed",
    )
    .action(async ({ selector, state, json }) => {
      const devices = await allPages(async (cursor) => {
        const query = {
          ...(selector === undefined ? {} : { selector }),
          ...(state === undefined ? {} : { state }),
          ...cursor,
        };
        return (await client().api.v1.devices.$get({ query })).json();
      });
      print({ json, value: devices, text: devices.length === 0 ? 'No device.' : listText(devices, now()) });
    });

function listText(devices: readonly DeviceSummary[], now: number): string {
  return table(
    ['device', 'state', 'serves', 'last seen'],
    devices.map((device) => [
      device.name,
      device.state,
      device.services
        .map(({ service, variant }) => (variant === undefined ? service : `${service} (${variant})`))
        .join(', ') || '-',
      ago(device.lastSeenAt, now),
    ]),
  );
}

const show = ({ client, print, now }: CliContext) =>
  new Command('show')
    .description('Shows one device: hardware, services, why, and desired against reported.')
    .argument('<device>', 'its name or id')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  flotilla devices show box-12')
    .action(async (name, { json }) => {
      const deviceId = await findDevice(client(), name);
      const device = await (await client().api.v1.devices[':deviceId'].$get({ param: { deviceId } })).json();
      print({ json, value: device, text: showText(device, now()) });
    });

function showText(device: DeviceDetail, now: number): string {
  const hardware = device.facts;
  const sections = [
    facts([
      ['Device', device.name],
      ['Id', device.id],
      ['State', `${device.state}, heard ${ago(device.lastSeenAt, now)}`],
      [
        'Labels',
        Object.entries(device.labels)
          .map(([key, value]) => `${key}=${value}`)
          .join(', ') || 'none',
      ],
      ['Processor', hardware?.cpu.model],
      [
        'Cores',
        hardware === undefined
          ? undefined
          : `${number(hardware.cpu.usableCores)} usable of ${hardware.cpu.cores} (${hardware.cpu.arch})`,
      ],
      [
        'Memory',
        hardware === undefined
          ? undefined
          : `${bytes(hardware.memory.availableBytes)} free of ${bytes(hardware.memory.totalBytes)}`,
      ],
      [
        'GPU',
        hardware === undefined
          ? undefined
          : hardware.gpus.map((gpu) => `${gpu.name} (${gpu.backend})`).join(', ') || gpuBackend(hardware),
      ],
      ['Agent', device.agent?.version],
      ['Engine', device.agent?.engine],
    ]),
  ];
  for (const service of device.reported) {
    const { resolution, problem, variant, engine } = service;
    sections.push(
      [
        facts([
          [
            'Service',
            `${service.service}: ${service.state}${service.phase === undefined || service.state !== 'changing' ? '' : ` (${service.phase})`}`,
          ],
          ['Variant', variant && `${variant.name}${withAdapter(service.adapter)}`],
          [
            'Speed',
            engine?.tokensPerSecond === undefined
              ? undefined
              : `${number(engine.tokensPerSecond)} tokens/s of one stream`,
          ],
          [
            'Memory',
            engine?.actualBytes === undefined
              ? undefined
              : `${bytes(engine.actualBytes)} measured, ${engine.estimatedBytes === undefined ? 'not' : bytes(engine.estimatedBytes)} estimated`,
          ],
          [
            'Problem',
            problem === undefined
              ? undefined
              : `${problem.detail}${problem.fix === undefined ? '' : ` To fix it: ${problem.fix}`}`,
          ],
        ]),
        ...(resolution?.candidates ?? []).map((candidate) =>
          candidateText(candidate, terminalWidth({ unknown: 80 })),
        ),
      ].join('\n'),
    );
  }
  if (device.difference.length > 0)
    sections.push(facts(device.difference.map((line) => [line.service, line.explanation])));
  return sections.join('\n\n');
}

/** The variant on a line, why or why not below it. */
function candidateText({ verdict, variant, reason }: CandidateVerdict, width: number): string {
  const lines = wrapWords(reason, width - 6);
  const mark = verdict === 'chosen' ? '→' : ' ';
  return [`  ${mark} ${variant} (${verdict})`, ...lines.map((line) => `      ${line}`)].join('\n');
}

const label = ({ client, print }: CliContext) =>
  new Command('label')
    .description('Sets labels of a device; `key-` takes one away.')
    .argument('<device>', 'its name or id')
    .argument('<labels...>', 'key=value, or key- to take it away')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  flotilla devices label box-12 site=lisbon floor=2 old-')
    .action(async (name, changes, { json }) => {
      const deviceId = await findDevice(client(), name);
      const before = await (await client().api.v1.devices[':deviceId'].$get({ param: { deviceId } })).json();
      const labels = applyLabelChanges(before.labels, changes);
      const device = await (
        await client().api.v1.devices[':deviceId'].$patch({ param: { deviceId }, json: { labels } })
      ).json();
      const text = Object.entries(device.labels).map(([key, value]) => `${key}=${value}`);
      print({ json, value: device.labels, text: `${device.name}: ${text.join(', ') || 'no labels'}` });
    });

const revoke = ({ client, print }: CliContext) =>
  new Command('revoke')
    .description(
      'Takes a device out of the fleet for good: its certificate is void and its line is cut. What it serves goes on.',
    )
    .argument('<device>', 'its name or id')
    .option('--yes', 'do it: it cannot be undone, the device would have to join again as a new one')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  flotilla devices revoke box-12 --yes')
    .action(async (name, { yes, json }) => {
      const deviceId = await findDevice(client(), name);
      const which = name === deviceId ? deviceId : `${name} (${deviceId})`;
      if (yes !== true) {
        throw new FlotillaError('invalid-input', `${which} would be revoked for good.`, {
          details: { field: 'yes', about: deviceId, fix: 'Add --yes to do it.' },
        });
      }
      await client().api.v1.devices[':deviceId'].$delete({ param: { deviceId } });
      print({ json, value: { id: deviceId, revoked: true }, text: `${which} was revoked.` });
    });

/** @throws FlotillaError `invalid-input` naming the change that is neither `key=value` nor `key-`. */
export function applyLabelChanges(labels: Labels, changes: readonly string[]): Labels {
  const next = { ...labels };
  for (const change of changes) {
    const [, key, value] = /^([^=]+)=(.+)$/.exec(change) ?? [];
    if (key !== undefined && value !== undefined) next[key] = value;
    else if (change.endsWith('-')) delete next[change.slice(0, -1)];
    else {
      throw new FlotillaError('invalid-input', `\`${change}\` is neither key=value nor key-.`, {
        details: { field: 'labels', fix: 'Set a label as `site=lisbon`, or take it away as `site-`.' },
      });
    }
  }
  const parsed = Labels.safeParse(next);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new FlotillaError('invalid-input', `The labels are not valid: ${wrong.join('; ')}.`, {
    details: { field: 'labels' },
  });
}
