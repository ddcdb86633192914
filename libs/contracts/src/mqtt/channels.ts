import type { z } from 'zod';
import { Command, CommandResult, DeviceStatus } from '../command.ts';
import { DesiredMessage } from '../desired.ts';
import { FlotillaError } from '../errors.ts';
import { Reported } from '../reported.ts';
import { DeviceId } from '../scalars.ts';
import { TelemetryAck, TelemetryBatch } from '../telemetry.ts';

/** Every topic is `flotilla/v1/{deviceId}/{channel}`: a fixed number of levels keeps ACLs and filters simple. */
const PREFIX = 'flotilla/v1';

export interface Channel<Name extends string = string, Payload extends z.ZodType = z.ZodType> {
  name: Name;
  /** up: device to control plane; down: control plane to device. */
  direction: 'up' | 'down';
  qos: 0 | 1;
  retain: boolean;
  payload: Payload;
  description: string;
}

function defineChannel<Name extends string, Payload extends z.ZodType>(
  channel: Channel<Name, Payload>,
): Channel<Name, Payload> {
  return channel;
}

/** The one table from which topics, filters, parsers, payload types, the broker ACL and the reference page come. */
export const CHANNELS = {
  status: defineChannel({
    name: 'status',
    direction: 'up',
    qos: 1,
    retain: true,
    payload: DeviceStatus,
    description: 'Online or offline; also the last will.',
  }),
  reported: defineChannel({
    name: 'reported',
    direction: 'up',
    qos: 1,
    retain: false,
    payload: Reported,
    description: 'What the device says is true, whole, whenever it changes and every few minutes.',
  }),
  telemetry: defineChannel({
    name: 'telemetry',
    direction: 'up',
    qos: 1,
    retain: false,
    payload: TelemetryBatch,
    description: 'Health and usage rows; kept on the device until `ack` names them.',
  }),
  result: defineChannel({
    name: 'result',
    direction: 'up',
    qos: 1,
    retain: false,
    payload: CommandResult,
    description: 'How a command ended.',
  }),
  desired: defineChannel({
    name: 'desired',
    direction: 'down',
    qos: 1,
    retain: true,
    payload: DesiredMessage,
    description: 'What the control plane wants true, signed, with a generation that only rises.',
  }),
  command: defineChannel({
    name: 'command',
    direction: 'down',
    qos: 1,
    retain: false,
    payload: Command,
    description: 'Something to do once; idempotent by id.',
  }),
  ack: defineChannel({
    name: 'ack',
    direction: 'down',
    qos: 1,
    retain: false,
    payload: TelemetryAck,
    description: 'Rows up to this sequence are committed and may be dropped.',
  }),
} as const;

export type ChannelName = keyof typeof CHANNELS;
export type PayloadOf<N extends ChannelName> = z.output<(typeof CHANNELS)[N]['payload']>;
export type PayloadInput<N extends ChannelName> = z.input<(typeof CHANNELS)[N]['payload']>;

/** `topicFor('desired', id)` -> `flotilla/v1/<id>/desired` */
export function topicFor(channel: ChannelName, deviceId: string): string {
  const id = DeviceId.safeParse(deviceId);
  if (!id.success) {
    throw new FlotillaError('invalid-input', `\`${deviceId}\` is not a device id`, {
      details: { field: 'deviceId' },
    });
  }
  return `${PREFIX}/${deviceId}/${channel}`;
}

/** The filter under which the control plane hears a channel of every device. */
export function filterFor(channel: ChannelName): string {
  return `${PREFIX}/+/${channel}`;
}

/** The inverse of `topicFor`; undefined for a topic that is not ours. */
export function parseTopic(topic: string): { channel: ChannelName; deviceId: string } | undefined {
  const match = /^flotilla\/v1\/([^/+#]+)\/([^/+#]+)$/.exec(topic);
  const [, deviceId, channel] = match ?? [];
  if (deviceId === undefined || channel === undefined) return undefined;
  if (!Object.hasOwn(CHANNELS, channel) || !DeviceId.safeParse(deviceId).success) return undefined;
  return { channel: channel as ChannelName, deviceId };
}

/** Who asks the broker: a device is named by its certificate, `plane` by the control plane's own. */
export type Principal = { kind: 'device'; deviceId: string } | { kind: 'plane' };

/** May this principal publish to the topic? A device only on the up channels under its own id. */
export function mayPublish(principal: Principal, topic: string): boolean {
  const parsed = parseTopic(topic);
  if (parsed === undefined) return false;
  const { direction } = CHANNELS[parsed.channel];
  return principal.kind === 'plane'
    ? direction === 'down'
    : direction === 'up' && parsed.deviceId === principal.deviceId;
}

/** May this principal subscribe to the filter? A device only to the very down topics under its own id, no wildcards. */
export function maySubscribe(principal: Principal, filter: string): boolean {
  if (principal.kind === 'plane') {
    return Object.values(CHANNELS).some(
      (c) => c.direction === 'up' && (filter === filterFor(c.name) || isSharedOf(filter, filterFor(c.name))),
    );
  }
  const parsed = parseTopic(filter);
  return (
    parsed !== undefined &&
    CHANNELS[parsed.channel].direction === 'down' &&
    parsed.deviceId === principal.deviceId
  );
}

function isSharedOf(filter: string, plain: string): boolean {
  return filter.startsWith('$share/') && filter.split('/').slice(2).join('/') === plain;
}
