import { FlotillaError } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import mqttPacket from 'mqtt-packet';

// Its writer keeps a buffer of each 16-bit number at hand: 8 MB of a small box, for some messages a minute.
mqttPacket.writeToStream.cacheNumbers = false;

/** The certificates of one connection, as PEM. */
export interface TlsMaterial {
  /** The only authority that is trusted. */
  ca: string;
  /** Our certificate and its private key; a broker that knows clients by their certificate needs both. */
  cert?: string;
  key?: string;
}

export interface Packet {
  topic: string;
  payload: Buffer;
  qos: 0 | 1;
  retain: boolean;
}

export interface IncomingPacket {
  topic: string;
  payload: Buffer;
  /** It was kept by the broker and is sent because we have just subscribed. */
  retained: boolean;
}

export interface ConnectionOptions {
  /** `mqtt://host:port` or `mqtts://host:port`. */
  url: string;
  clientId: string;
  username?: string;
  password?: string;
  tls?: TlsMaterial;
  will?: Packet;
  keepaliveSeconds: number;
  connectTimeoutMs: number;
  ackTimeoutMs: number;
  clock: Clock;
  /** Called for every message; the next ones are read from the wire when the returned promise has settled. */
  onMessage: (packet: IncomingPacket) => Promise<void>;
  /** Gives up connecting. It does not end a connection that is up. */
  signal: AbortSignal;
}

/** One connection to a broker, from its acknowledgement to its end. It never comes back: the next one is another one. */
export interface Connection {
  /** Resolves when the broker has it (QoS 1) or it is on its way (QoS 0); rejects with `offline`, `timeout`. */
  publish(packet: Packet): Promise<void>;
  /** Resolves when the broker has granted it; rejects with `forbidden` where it refuses. */
  subscribe(filter: string, qos: 0 | 1): Promise<void>;
  unsubscribe(filter: string): Promise<void>;
  /** Resolves, with what went wrong if something did, when the connection has ended for whatever reason. */
  readonly ended: Promise<Error | undefined>;
  /** Says goodbye, so that the broker sends no last will; cuts the line where that takes too long. */
  end(): Promise<void>;
  /** Cuts the line at once; the broker sends the last will. */
  cut(): void;
}

const GOODBYE_MS = 2000;

/** Connects once. Throws `unauthenticated` where the broker refuses us, `offline` for everything else. */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const client = connect(options.url, clientOptions(options));
  client.handleMessage = ({ topic, payload, retain }, done) => {
    const bytes = typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload;
    void options.onMessage({ topic, payload: bytes, retained: retain }).finally(() => done());
  };
  let lastError: Error | undefined;
  client.on('error', (error) => (lastError = error));
  const ended = new Promise<Error | undefined>((resolve) => {
    client.once('close', () => {
      client.end(true); // drops its timers and whatever it still holds: what was not acknowledged is told to the caller
      resolve(lastError);
    });
  });
  const connected = new Promise<true>((resolve) => client.once('connect', () => resolve(true)));
  const giveUp = (): void => cutLine(client);
  options.signal.addEventListener('abort', giveUp, { once: true });
  if (options.signal.aborted) giveUp();
  const first = await Promise.race([connected, ended]);
  options.signal.removeEventListener('abort', giveUp);
  if (first !== true) throw connectError({ error: first, url: options.url });
  return new OpenConnection({ client, ended, options });
}

class OpenConnection implements Connection {
  readonly ended: Promise<Error | undefined>;
  readonly #client: MqttClient;
  readonly #options: ConnectionOptions;

  constructor(given: { client: MqttClient; ended: Promise<Error | undefined>; options: ConnectionOptions }) {
    this.#client = given.client;
    this.ended = given.ended;
    this.#options = given.options;
  }

  async publish({ topic, payload, qos, retain }: Packet): Promise<void> {
    await this.#acknowledged(
      this.#client.publishAsync(topic, payload, { qos, retain }),
      `the message on ${topic}`,
    );
  }

  async subscribe(filter: string, qos: 0 | 1): Promise<void> {
    const asked = this.#client.subscribeAsync(filter, { qos }).catch((cause: unknown) => {
      // The client fails the promise when the broker answers 128; other failures are those of the line.
      if (this.#client.connected) throw refusedFilter(filter, cause);
      throw cause;
    });
    const grants = await this.#acknowledged(asked, `the subscription to ${filter}`);
    if (grants.some((grant) => Number(grant.qos) >= 128)) throw refusedFilter(filter);
  }

  async unsubscribe(filter: string): Promise<void> {
    await this.#acknowledged(
      this.#client.unsubscribeAsync(filter),
      `the end of the subscription to ${filter}`,
    );
  }

  async end(): Promise<void> {
    const timer = this.#options.clock.setTimeout(() => this.cut(), GOODBYE_MS);
    this.#client.end(false);
    await this.ended;
    timer.cancel();
  }

  cut(): void {
    cutLine(this.#client);
  }

  /** The answer to something we sent, or a retryable error when the line ends or the answer does not come in time. */
  async #acknowledged<Answer>(sent: Promise<Answer>, what: string): Promise<Answer> {
    const { clock, ackTimeoutMs } = this.#options;
    let cancel = (): void => {};
    const failed = new Promise<never>((_, reject) => {
      const timer = clock.setTimeout(() => {
        reject(new FlotillaError('timeout', `The broker did not acknowledge ${what} in ${ackTimeoutMs} ms.`));
      }, ackTimeoutMs);
      cancel = () => timer.cancel();
      void this.ended.then((cause) => {
        reject(
          new FlotillaError('offline', `The line to the broker was lost before it acknowledged ${what}.`, {
            cause,
          }),
        );
      });
    });
    try {
      return await Promise.race([sent, failed]);
    } catch (cause) {
      if (cause instanceof FlotillaError) throw cause;
      throw new FlotillaError('offline', `The broker did not take ${what}.`, { cause });
    } finally {
      cancel();
    }
  }
}

function cutLine(client: MqttClient): void {
  client.end(true);
  client.stream.destroy();
}

function clientOptions(options: ConnectionOptions): IClientOptions {
  const { clientId, username, password, tls, will, keepaliveSeconds, connectTimeoutMs } = options;
  return {
    clientId,
    username,
    password,
    ...tls,
    will,
    protocolVersion: 4,
    clean: true,
    keepalive: keepaliveSeconds,
    connectTimeout: connectTimeoutMs,
    // Coming back, subscribing again and keeping messages are ours: a queue in memory would be a second truth.
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
  };
}

const CONNACK_REFUSALS: Record<number, string> = {
  1: 'it does not speak MQTT 3.1.1',
  2: 'it does not accept the client id',
  3: 'it is not available',
  4: 'the user name or password is wrong',
  5: 'this client is not allowed to connect',
};

function connectError({ error, url }: { error: Error | undefined; url: string }): FlotillaError {
  const code = error && 'code' in error ? error.code : undefined;
  const refusal = typeof code === 'number' ? CONNACK_REFUSALS[code] : undefined;
  const details = { about: url };
  if (refusal !== undefined && code !== 3) {
    return new FlotillaError('unauthenticated', `The broker ${url} refuses: ${refusal}.`, {
      cause: error,
      details: { ...details, fix: 'Check that the certificate is of this control plane and is not revoked.' },
    });
  }
  const why = refusal ?? error?.message ?? 'the line was closed before the broker answered';
  return new FlotillaError('offline', `No connection to the broker ${url}: ${why}.`, {
    cause: error,
    details,
  });
}

function refusedFilter(filter: string, cause?: unknown): FlotillaError {
  return new FlotillaError('forbidden', `The broker refuses the subscription to ${filter}.`, {
    cause,
    details: { about: filter },
  });
}
