import {
  CHANNELS,
  FlotillaError,
  toFlotillaError,
  topicFor,
  type ChannelName,
  type PayloadInput,
} from '@flotilla/contracts';
import { retrySchedule, sleep, systemClock, TypedEvents, type Clock } from '@flotilla/kernel';

import { openConnection, type Connection, type TlsMaterial } from './connection.ts';
import {
  Inbox,
  type Audience,
  type HandlerFailed,
  type MessageHandler,
  type MessageRefused,
} from './inbox.ts';
import { encodeMessage, type Outgoing } from './message-codec.ts';

export interface MqttLinkOptions {
  /** `mqtt://host:port` or `mqtts://host:port`. */
  url: string;
  /** For a device: its id, which is also its certificate's common name. */
  clientId: string;
  username?: string;
  password?: string;
  /** Asked before every connection, so that a renewed certificate is used without a restart. */
  tls?: () => TlsMaterial | Promise<TlsMaterial>;
  /** What the broker publishes for us when the line is cut without a goodbye. Asked before every connection. */
  will?: () => Outgoing<ChannelName>;
  /** Default: the machine's. */
  clock?: Clock;
  /** Default: `Math.random`. */
  random?: () => number;
  /** Ceilings of the delay before another attempt; full jitter. Default 1 s, doubling up to 60 s. */
  retry?: { initialMs?: number; maxMs?: number };
  /** Default 30. A line that is silently dead is noticed after one and a half times this. */
  keepaliveSeconds?: number;
  /** Default 15,000. */
  connectTimeoutMs?: number;
  /** Default 30,000. */
  ackTimeoutMs?: number;
  /** Messages that may be in handlers at once. Default 64. */
  parallel?: number;
}

/** What the link tells. No event carries the content of a message. */
export interface MqttLinkEvents {
  /** The line is up and every subscription is granted. */
  connected: { attempt: number };
  /** A line that was up has ended. */
  disconnected: { error: FlotillaError | undefined };
  /** An attempt failed: `offline`, or `unauthenticated` where the broker refuses us. */
  'connect-failed': { error: FlotillaError; attempt: number; retryInMs: number };
  /** The broker does not let us hear a channel. */
  'subscription-refused': { filter: string; error: FlotillaError };
  'message-refused': MessageRefused;
  'handler-failed': HandlerFailed;
}

export type MqttLinkState = 'stopped' | 'connecting' | 'connected' | 'waiting';

/** A line counts as good after this long; one that breaks sooner keeps the delay growing. */
const STABLE_MS = 10_000;

/**
 * A line to the broker that comes back by itself and speaks the channel table.
 *
 * Nothing is kept while it is down: `publish` rejects with a retryable error at once, since the truth is in the journal
 * and the spool on disk. Sessions are clean: whoever subscribes hears what is retained and what comes from now on.
 */
export class MqttLink {
  readonly events = new TypedEvents<MqttLinkEvents>();
  readonly #options: MqttLinkOptions & { clock: Clock };
  readonly #inbox: Inbox;
  readonly #refused = new Map<ChannelName | 'unknown', number>();
  #connection: Connection | undefined;
  #state: MqttLinkState = 'stopped';
  #inHurry = false;
  #abort: AbortController | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor({ clock = systemClock, ...options }: MqttLinkOptions) {
    this.#options = { ...options, clock };
    this.#inbox = new Inbox({
      parallel: options.parallel ?? 64,
      onFailed: (failed) => this.events.emit('handler-failed', failed),
      onRefused: (refused) => {
        const name = refused.channel ?? 'unknown';
        this.#refused.set(name, (this.#refused.get(name) ?? 0) + 1);
        this.events.emit('message-refused', refused);
      },
    });
  }

  get state(): MqttLinkState {
    return this.#state;
  }

  /** Messages refused since the start, by channel; `unknown` for topics that are none of ours. */
  get refusedMessages(): ReadonlyMap<ChannelName | 'unknown', number> {
    return this.#refused;
  }

  /** Begins to connect, and to connect again after every end, until `stop`. Returns at once. Safe to repeat. */
  start(): void {
    if (this.#abort) return;
    this.#abort = new AbortController();
    this.#loop = this.#run(this.#abort.signal);
  }

  /** Says goodbye and ends. The broker sends no last will: publish what it would say first. Safe to repeat. */
  async stop(): Promise<void> {
    this.#abort?.abort(new FlotillaError('aborted', 'The link was stopped.'));
    await this.#loop;
    this.#abort = undefined;
  }

  /**
   * Ends the line, without a last will, and connects again at once: for a renewed certificate. Resolves when the old
   * line has ended; without one it does nothing, since the next attempt asks for the certificate anyway.
   */
  async reconnect(): Promise<void> {
    if (!this.#connection) return;
    this.#inHurry = true;
    this.#state = 'connecting';
    await this.#connection.end();
  }

  /** Resolves when the line is up; rejects with the signal's reason when it aborts. */
  async whenConnected({ signal }: { signal?: AbortSignal } = {}): Promise<void> {
    if (this.#state === 'connected') return;
    await new Promise<void>((resolve, reject) => {
      const off = this.events.on('connected', () => {
        off();
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      const onAbort = (): void => {
        off();
        reject(signal?.reason as Error);
      };
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /**
   * Sends a message with the channel's quality of service and retention; resolves when the broker has it.
   * Throws `invalid-input` or `too-large` before anything is sent, `offline` or `timeout` (retryable) where the broker
   * did not acknowledge it. It may have arrived all the same: receivers recognise what they have seen.
   */
  async publish<Name extends ChannelName>(
    channel: Name,
    { deviceId }: { deviceId: string },
    payload: PayloadInput<Name>,
  ): Promise<void> {
    await this.#required().publish(encodeMessage({ channel, deviceId, payload }));
  }

  /** Takes the retained message of a channel back. Errors as for `publish`. */
  async clearRetained(channel: ChannelName, { deviceId }: { deviceId: string }): Promise<void> {
    const topic = topicFor(channel, deviceId);
    await this.#required().publish({
      topic,
      payload: Buffer.alloc(0),
      qos: CHANNELS[channel].qos,
      retain: true,
    });
  }

  /**
   * Listens to a channel, now and after every new connection. Subscribe before `start`, so that nothing that the broker
   * sends at once is missed. A handler that throws is told as `handler-failed`.
   *
   * @returns how to stop listening.
   */
  subscribe<Name extends ChannelName>(
    channel: Name,
    audience: Audience,
    handler: MessageHandler<Name>,
  ): () => void {
    const { filter, remove } = this.#inbox.add({ channel, audience, handler });
    if (this.#connection) void this.#subscribeOn(this.#connection, filter, CHANNELS[channel].qos);
    return () => {
      // A failure means that the line has ended, and with it the subscription.
      if (remove().filterUnused) this.#connection?.unsubscribe(filter).catch(() => {});
    };
  }

  #required(): Connection {
    if (this.#connection) return this.#connection;
    throw new FlotillaError('offline', `There is no line to the broker ${this.#options.url}.`);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, retry, random = Math.random } = this.#options;
    const newDelays = (): Iterator<number, undefined> =>
      retrySchedule({ ...retry, random })[Symbol.iterator]();
    let delays = newDelays();
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      this.#state = 'connecting';
      const began = clock.monotonic();
      let failure: FlotillaError | undefined;
      try {
        await this.#runConnection({ attempt, signal });
        attempt = 0;
        if (clock.monotonic() - began > STABLE_MS) delays = newDelays();
      } catch (error) {
        failure = toFlotillaError(error, 'offline');
      }
      if (signal.aborted) break;
      const retryInMs = this.#inHurry ? 0 : (delays.next().value ?? 0);
      this.#inHurry = false;
      this.#state = 'waiting';
      if (failure) this.events.emit('connect-failed', { error: failure, attempt, retryInMs });
      await sleep({ clock, ms: retryInMs, signal }).catch(() => {}); // only an abort, which the loop sees
    }
    this.#state = 'stopped';
  }

  /** Connects, subscribes, and returns when the line has ended. */
  async #runConnection({ attempt, signal }: { attempt: number; signal: AbortSignal }): Promise<void> {
    const { url, clientId, username, password, clock, tls, will } = this.#options;
    const connection = await openConnection({
      url,
      clientId,
      username,
      password,
      clock,
      tls: await tls?.(),
      will: will && encodeMessage(will()),
      keepaliveSeconds: this.#options.keepaliveSeconds ?? 30,
      connectTimeoutMs: this.#options.connectTimeoutMs ?? 15_000,
      ackTimeoutMs: this.#options.ackTimeoutMs ?? 30_000,
      onMessage: (packet) => this.#inbox.accept(packet),
      signal,
    });
    const sayGoodbye = (): void => void connection.end();
    signal.addEventListener('abort', sayGoodbye, { once: true });
    if (signal.aborted) sayGoodbye();
    try {
      this.#connection = connection;
      await Promise.all(
        [...this.#inbox.filters()].map(([filter, qos]) => this.#subscribeOn(connection, filter, qos)),
      );
      const isUp = await Promise.race([connection.ended.then(() => false), Promise.resolve(true)]);
      if (isUp && !signal.aborted) {
        this.#state = 'connected';
        this.events.emit('connected', { attempt });
      }
      const error = await connection.ended;
      this.#connection = undefined;
      this.#state = 'waiting';
      if (isUp) this.events.emit('disconnected', { error: error && toFlotillaError(error, 'offline') });
    } finally {
      this.#connection = undefined;
      signal.removeEventListener('abort', sayGoodbye);
    }
  }

  async #subscribeOn(connection: Connection, filter: string, qos: 0 | 1): Promise<void> {
    try {
      await connection.subscribe(filter, qos);
    } catch (thrown) {
      const error = toFlotillaError(thrown, 'offline');
      if (error.code === 'forbidden') this.events.emit('subscription-refused', { filter, error });
      else connection.cut(); // a line on which we do not hear is no line
    }
  }
}
