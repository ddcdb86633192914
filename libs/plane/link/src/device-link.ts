import {
  FlotillaError,
  type Command,
  type Desired,
  type DesiredMessage,
  type TelemetryAck,
} from '@flotilla/contracts';
import { assertNever, type Clock, TypedEvents } from '@flotilla/kernel';
import type { EventFeed, Registry } from '@flotilla/plane-registry';
import type { Telemetry } from '@flotilla/plane-telemetry';
import { createAtMostEvery } from './at-most-every.ts';
import { createSerialByKey } from './serial-by-key.ts';
import type { DeviceMessage, DeviceTransport, RefusedMessage } from './transport.ts';

/** What the link tells logs and metrics. No event carries the content of a message. */
export interface DeviceLinkEvents {
  'message-taken': { channel: string; deviceId: string };
  'message-refused': RefusedMessage;
  /** A handler failed, a database being away most likely. The device sends telemetry again until it is acknowledged. */
  'message-failed': { channel: string; deviceId: string; error: unknown };
  'rows-ingested': { deviceId: string; rows: number };
  'publish-failed': { channel: string; deviceId: string; error: unknown };
}

export interface DeviceLinkDeps {
  transport: DeviceTransport;
  registry: Registry;
  telemetry: Telemetry;
  feed: EventFeed;
  signDesired: (desired: Desired) => Promise<DesiredMessage>;
  clock: Clock;
}

export interface DeviceLink {
  readonly events: TypedEvents<DeviceLinkEvents>;
  /** Opens the line; resolves when devices can connect, or when the line to an outside broker is being opened. */
  start(): Promise<void>;
  /** Resolves when the messages under way were handled: the database may go then. */
  stop(): Promise<void>;
  /** Throws `offline` where the device is not connected or the broker does not take it. */
  sendCommand(request: { deviceId: string; command: Command }): Promise<void>;
}

const REFUSED_EVENT_EVERY_MS = 60_000;
const INGESTED_EVENT_EVERY_MS = 5_000;
const REPUBLISH_EVERY_MS = 60_000;
const KNOWN_GOOD_MS = 60_000;

/**
 * Joins the way to the devices with those who decide about them, whatever broker is between.
 *
 * INVARIANTS
 * - Messages of one device are handled one after the other; nothing is published from inside a handler's turn, so that a
 *   full broker cannot wait for itself.
 * - Rows are acknowledged after they were committed, never before.
 * - What is published as desired is read from the registry at that moment: the newest wins, in whatever order changes
 *   are told.
 */
export function createDeviceLink({
  transport,
  registry,
  telemetry,
  feed,
  signDesired,
  clock,
}: DeviceLinkDeps): DeviceLink {
  const events = new TypedEvents<DeviceLinkEvents>();
  const inTurn = createSerialByKey();
  const outTurn = createSerialByKey();
  const mayTellRefused = createAtMostEvery({ clock, intervalMs: REFUSED_EVENT_EVERY_MS });
  const mayTellIngested = createAtMostEvery({ clock, intervalMs: INGESTED_EVENT_EVERY_MS });
  const mayRepublish = createAtMostEvery({ clock, intervalMs: REPUBLISH_EVERY_MS });
  const checkedAt = new Map<string, number>();
  const waiting = new Set<string>();
  const revoked = new Set<string>();
  const stops: (() => void)[] = [];
  const underWay = new Set<Promise<void>>();
  let stopped = false;

  /** Publishes the newest desired document of a device; calls that come while one waits are one. */
  function publishDesired(deviceId: string): Promise<void> {
    if (stopped || waiting.has(deviceId)) return Promise.resolve();
    waiting.add(deviceId);
    return outTurn(deviceId, async () => {
      waiting.delete(deviceId);
      const desired = await registry.getDesired(deviceId);
      if (desired === undefined || revoked.has(deviceId)) return;
      await transport.publish('desired', deviceId, await signDesired(desired));
    }).catch((error: unknown) => events.emit('publish-failed', { channel: 'desired', deviceId, error }));
  }

  async function publishAllDesired(): Promise<void> {
    try {
      for await (const { deviceId } of registry.listDesired()) {
        if (stopped) return;
        await publishDesired(deviceId);
      }
      // What was taken back while the broker was away is still kept there.
      for await (const deviceId of registry.listRevoked()) {
        if (stopped) return;
        await takeBack(deviceId);
      }
    } catch (error) {
      events.emit('publish-failed', { channel: 'desired', deviceId: '*', error });
    }
  }

  /** A broker that others run knows nothing of revocation: it must at least keep nothing for the device. */
  async function takeBack(deviceId: string): Promise<void> {
    await transport
      .clearRetained(deviceId)
      .catch((error: unknown) => events.emit('publish-failed', { channel: 'desired', deviceId, error }));
  }

  function acknowledge(deviceId: string, ack: TelemetryAck): void {
    transport
      .publish('ack', deviceId, ack)
      .catch((error: unknown) => events.emit('publish-failed', { channel: 'ack', deviceId, error }));
  }

  function refuse(refused: RefusedMessage): void {
    events.emit('message-refused', refused);
    const { deviceId, channel, reason } = refused;
    if (deviceId === undefined || !mayTellRefused(deviceId)) return;
    feed
      .append({
        kind: 'message-refused',
        deviceId,
        text: `A message of the device was refused${channel === undefined ? '' : ` on ${channel}`}: ${reason}. More within a minute are counted only.`,
      })
      .catch((error: unknown) =>
        events.emit('message-failed', { channel: channel ?? 'unknown', deviceId, error }),
      );
  }

  /** An outside broker may still carry a revoked device; ours has cut it off. */
  async function isLetIn(deviceId: string): Promise<boolean> {
    if (revoked.has(deviceId)) return false;
    const checked = checkedAt.get(deviceId);
    const now = clock.monotonic();
    if (checked !== undefined && now - checked < KNOWN_GOOD_MS) return true;
    checkedAt.delete(deviceId);
    if (await registry.isRevoked(deviceId)) return false;
    checkedAt.set(deviceId, now);
    return true;
  }

  async function handle(message: DeviceMessage): Promise<void> {
    const { deviceId, channel } = message;
    const now = clock.now();
    if (!(await isLetIn(deviceId))) {
      refuse({ channel, deviceId, reason: 'revoked', problem: 'the device was revoked or is unknown' });
      return;
    }
    switch (message.channel) {
      case 'status':
        await registry.markStatus(deviceId, message.payload, now);
        break;
      case 'reported': {
        if (!isOwn(message)) return;
        await registry.takeReported(deviceId, message.payload, now);
        const desired = await registry.getDesired(deviceId);
        // A broker may have lost the document, or kept an older one that another replica sent late.
        const missed = desired !== undefined && message.payload.generation < desired.generation;
        if (missed && mayRepublish(deviceId)) void publishDesired(deviceId);
        break;
      }
      case 'telemetry': {
        if (!isOwn(message)) return;
        const ack = await telemetry.ingest(message.payload, now);
        acknowledge(deviceId, ack);
        await registry.heard(deviceId, now);
        events.emit('rows-ingested', { deviceId, rows: message.payload.rows.length });
        if (mayTellIngested('fleet'))
          await feed.append({ kind: 'telemetry-ingested', text: 'New measurements came in.' });
        break;
      }
      case 'result': {
        const { id, outcome, problem } = message.payload;
        const why = problem === undefined ? '' : `: ${problem.detail}`;
        await feed.append({
          kind: 'device-changed',
          deviceId,
          text: `The command ${id} ended: ${outcome}${why}`.slice(0, 512),
        });
        break;
      }
      case 'desired':
      case 'command':
      case 'ack':
        refuse({ channel, deviceId, reason: 'not-allowed', problem: 'this channel goes down only' });
        return;
      default:
        assertNever(message);
    }
    events.emit('message-taken', { channel, deviceId });
  }

  /** The id inside must be the one of the topic, which the broker has checked. */
  function isOwn({
    channel,
    deviceId,
    payload,
  }: Extract<DeviceMessage, { payload: { deviceId: string } }>): boolean {
    if (payload.deviceId === deviceId) return true;
    refuse({ channel, deviceId, reason: 'wrong-device', problem: 'it names another device inside' });
    return false;
  }

  return {
    events,
    async start() {
      stopped = false;
      stops.push(
        registry.onDesired(({ deviceId }) => void publishDesired(deviceId)),
        registry.onRevoked((deviceId) => {
          revoked.add(deviceId);
          transport.cut(deviceId);
          void takeBack(deviceId);
        }),
      );
      await transport.start({
        onMessage(message) {
          const { channel, deviceId } = message;
          const handled = inTurn(deviceId, () => handle(message))
            .catch((error: unknown) => events.emit('message-failed', { channel, deviceId, error }))
            .finally(() => underWay.delete(handled));
          underWay.add(handled);
          return handled;
        },
        onRefused: refuse,
        onUp: () => void publishAllDesired(),
      });
    },
    async stop() {
      stopped = true;
      for (const stop of stops.splice(0)) stop();
      await transport.stop();
      await Promise.all(underWay);
    },
    async sendCommand({ deviceId, command }) {
      if (revoked.has(deviceId) || (await registry.isRevoked(deviceId))) {
        throw new FlotillaError('device-revoked', `The device ${deviceId} was revoked.`, {
          details: { about: deviceId, fix: 'Join it again with a new key and a new token.' },
        });
      }
      if (transport.isConnected(deviceId) === false) {
        throw new FlotillaError('offline', `The device ${deviceId} is not connected.`, {
          details: { about: deviceId, fix: 'Try again when it is online.' },
        });
      }
      await transport.publish('command', deviceId, command);
    },
  };
}
