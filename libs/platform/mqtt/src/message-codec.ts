import {
  CHANNELS,
  FlotillaError,
  LIMITS,
  parseTopic,
  topicFor,
  type ChannelName,
  type PayloadInput,
  type PayloadOf,
} from '@flotilla/contracts';

import type { Packet } from './connection.ts';

/** A payload of a channel as the packet that carries it. */
export interface Outgoing<Name extends ChannelName> {
  channel: Name;
  deviceId: string;
  payload: PayloadInput<Name>;
}

/**
 * Checks and encodes a message: exactly what the schema says, nothing it does not know.
 * Throws `invalid-input` where the payload does not fit the channel, `too-large` above 64 KiB.
 */
export function encodeMessage<Name extends ChannelName>({
  channel,
  deviceId,
  payload,
}: Outgoing<Name>): Packet {
  const { qos, retain, payload: schema } = CHANNELS[channel];
  const topic = topicFor(channel, deviceId);
  const checked = schema.safeParse(payload);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    const field = issue?.path.join('.') ?? '';
    throw new FlotillaError(
      'invalid-input',
      `A message on ${channel} is not valid: ${field}: ${issue?.message}.`,
      {
        cause: checked.error,
        details: { about: channel, field },
      },
    );
  }
  const bytes = Buffer.from(JSON.stringify(checked.data), 'utf8');
  if (bytes.length > LIMITS.mqttMessageBytes) {
    throw new FlotillaError(
      'too-large',
      `A message on ${channel} has ${bytes.length} bytes; the limit is ${LIMITS.mqttMessageBytes}.`,
      {
        details: { about: channel, bytes: bytes.length, limit: LIMITS.mqttMessageBytes },
      },
    );
  }
  return { topic, payload: bytes, qos, retain };
}

export type Decoded =
  | { ok: true; channel: ChannelName; deviceId: string; payload: PayloadOf<ChannelName> }
  | { ok: false; channel: ChannelName | undefined; reason: RefusalReason; problem: string };

/** Why an incoming message was not handed on. */
export type RefusalReason = 'unknown-topic' | 'too-large' | 'not-json' | 'not-valid';

/** Reads an incoming message, once. Lenient as the channel's schema is; never throws. */
export function decodeMessage({ topic, payload }: { topic: string; payload: Buffer }): Decoded {
  const parsed = parseTopic(topic);
  if (!parsed)
    return { ok: false, channel: undefined, reason: 'unknown-topic', problem: 'the topic is none of ours' };
  const { channel, deviceId } = parsed;
  const refuse = (reason: RefusalReason, problem: string): Decoded => ({
    ok: false,
    channel,
    reason,
    problem,
  });
  if (payload.length > LIMITS.mqttMessageBytes) return refuse('too-large', `it has ${payload.length} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(payload.toString('utf8'));
  } catch {
    return refuse('not-json', 'it is not JSON');
  }
  const checked = CHANNELS[channel].payload.safeParse(value);
  if (checked.success) return { ok: true, channel, deviceId, payload: checked.data };
  const issue = checked.error.issues[0];
  return refuse('not-valid', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it does not fit'}`);
}
