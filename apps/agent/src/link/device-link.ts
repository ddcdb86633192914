import { randomBytes } from 'node:crypto';

import type { GatewayClient } from '@flotilla/agent-models';
import {
  DesiredMessage,
  GATEWAY_PATHS,
  LIMITS,
  type Command,
  type CommandResult,
  type Reported,
  type TelemetryAck,
  type TelemetryBatch,
} from '@flotilla/contracts';
import { type Clock, type Timer } from '@flotilla/kernel';
import { MqttLink, type MqttLinkState, type TlsMaterial } from '@flotilla/platform-mqtt';
import type { Log } from '@flotilla/platform-log';

/** How often the gateway is asked for the desired document although no message came: the broker is a bell, not the truth. */
const POLL_MS = 300_000;

export interface DeviceLinkOptions {
  deviceId: string;
  mqttUrl: string;
  agentVersion: string;
  tls: () => TlsMaterial;
  gateway: () => Pick<GatewayClient, 'get'>;
  clock: Clock;
  random: () => number;
  log: Log;
  onConnected: () => void;
  onDesired: (message: DesiredMessage, via: 'mqtt' | 'gateway') => Promise<void>;
  onCommand: (command: Command) => Promise<void>;
  onAck: (ack: TelemetryAck) => void;
  /** The state of the line changed. */
  onState: () => void;
}

/** What `status` says of the way to the control plane. */
export interface LinkStatus {
  mqtt: MqttLinkState;
  /** Wall time since which the line is in this state. */
  since: number;
  /** Why the last attempt failed; absent while the line is up. */
  problem?: string;
  /** Messages that could not be read, since the start. */
  refusedMessages: number;
}

/** The device's line to its control plane: MQTT while it holds, the gateway in any case. */
export class DeviceLink {
  readonly #options: DeviceLinkOptions;
  readonly #mqtt: MqttLink;
  #session = newSession();
  #since: number;
  #problem: string | undefined;
  #timer: Timer | undefined;
  #stopping = new AbortController();

  constructor(options: DeviceLinkOptions) {
    this.#options = options;
    const { deviceId, mqttUrl, tls, clock, random, log } = options;
    this.#since = clock.now();
    this.#mqtt = new MqttLink({
      url: mqttUrl,
      clientId: deviceId,
      tls,
      clock,
      random,
      will: () => {
        this.#session = newSession();
        return { channel: 'status', deviceId, payload: this.#status('offline') };
      },
    });
    this.#mqtt.subscribe('desired', { deviceId }, (message) => options.onDesired(message, 'mqtt'));
    this.#mqtt.subscribe('command', { deviceId }, (command) => options.onCommand(command));
    this.#mqtt.subscribe('ack', { deviceId }, (ack) => options.onAck(ack));
    this.#mqtt.events.on('connected', () => this.#connected());
    this.#mqtt.events.on('disconnected', ({ error }) => {
      if (this.#stopping.signal.aborted) return;
      log.warn({ error }, 'line to the broker lost');
      this.#moved(error?.message);
    });
    this.#mqtt.events.on('connect-failed', ({ error, attempt, retryInMs }) => {
      log.warn({ error, attempt, retryInMs }, 'no line to the broker');
      this.#moved(error.message);
    });
    this.#mqtt.events.on('subscription-refused', ({ filter, error }) =>
      log.error({ filter, error }, 'the broker refuses a subscription'),
    );
    this.#mqtt.events.on('message-refused', ({ channel, reason, problem }) =>
      log.warn({ channel, reason, problem }, 'message refused'),
    );
    this.#mqtt.events.on('handler-failed', ({ channel, error }) =>
      log.error({ channel, error }, 'message not handled'),
    );
  }

  get status(): LinkStatus {
    return {
      mqtt: this.#mqtt.state,
      since: this.#since,
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
      refusedMessages: [...this.#mqtt.refusedMessages.values()].reduce((sum, count) => sum + count, 0),
    };
  }

  start(): void {
    this.#stopping = new AbortController();
    this.#mqtt.start();
    this.#poll(0);
  }

  /** Says that the device goes offline, so that no last will is needed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#timer?.cancel();
    if (this.#mqtt.state === 'connected') {
      await this.#mqtt
        .publish('status', { deviceId: this.#options.deviceId }, this.#status('offline'))
        .catch(() => undefined); // then the broker notices by itself
    }
    await this.#mqtt.stop();
  }

  /** Connects anew, for a renewed certificate. */
  reconnect(): Promise<void> {
    return this.#mqtt.reconnect();
  }

  publishReported(reported: Reported): Promise<void> {
    return this.#mqtt.publish('reported', this.#options, reported);
  }

  publishTelemetry(batch: TelemetryBatch): Promise<void> {
    return this.#mqtt.publish('telemetry', this.#options, batch);
  }

  publishResult(result: CommandResult): Promise<void> {
    return this.#mqtt.publish('result', this.#options, result);
  }

  #connected(): void {
    const { deviceId, log, onConnected } = this.#options;
    log.info('line to the broker is up');
    this.#moved(undefined);
    this.#mqtt
      .publish('status', { deviceId }, this.#status('online'))
      .then(onConnected)
      .catch((error: unknown) => log.warn({ error }, 'status not published'));
    this.#poll(0);
  }

  #moved(problem: string | undefined): void {
    this.#since = this.#options.clock.now();
    this.#problem = problem;
    this.#options.onState();
  }

  #status(state: 'online' | 'offline') {
    const { clock, agentVersion } = this.#options;
    return { v: 1 as const, state, at: clock.now(), session: this.#session, agentVersion };
  }

  #poll(ms: number): void {
    const { clock, random } = this.#options;
    this.#timer?.cancel();
    this.#timer = clock.setTimeout(() => {
      void this.#askGateway().finally(() => {
        if (!this.#stopping.signal.aborted) this.#poll(POLL_MS * (0.75 + random() / 2));
      });
    }, ms);
  }

  /** The same document that the broker keeps, from the one who signed it. */
  async #askGateway(): Promise<void> {
    const { gateway, onDesired, log } = this.#options;
    try {
      const bytes = await gateway().get({
        path: GATEWAY_PATHS.desired,
        maxBytes: LIMITS.mqttMessageBytes,
        signal: this.#stopping.signal,
      });
      if (bytes === undefined) return;
      const message = DesiredMessage.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')));
      if (message.success) await onDesired(message.data, 'gateway');
      else log.warn('the gateway answered with a desired document that cannot be read');
    } catch (error) {
      if (!this.#stopping.signal.aborted) log.warn({ error }, 'gateway not asked for the desired document');
    }
  }
}

function newSession(): string {
  return randomBytes(8).toString('hex');
}
