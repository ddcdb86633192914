import { once, type EventEmitter } from 'node:events';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import {
  CHANNELS,
  DeviceId,
  FlotillaError,
  LIMITS,
  mayPublish,
  maySubscribe,
  parseTopic,
  topicFor,
  type ChannelName,
} from '@flotilla/contracts';
import { parseCertificate } from '@flotilla/platform-pki';
import { decodeMessage, encodeMessage } from '@flotilla/platform-mqtt';
import { Aedes, type AuthenticateError, type Client } from 'aedes';
import { BoundedConnection } from './bounded-connection.ts';
import { listenOn } from './listen-on.ts';
import type { DeviceMessage, DeviceTransport, TransportListeners } from './transport.ts';

/** Above this the line is cut; between the limit of a message and this one the message alone is refused. */
const MAX_PACKET_BYTES = 4 * LIMITS.mqttMessageBytes;

/** Where refused messages go: nobody can subscribe to it. They were acknowledged, so that no device repeats them for ever. */
const NOWHERE = '$flotilla/refused';

export interface BrokerTls {
  /** PEM of the server certificate with its chain, and its key. */
  cert: string;
  key: string;
  /** PEM of the authority that signs devices. */
  ca: string;
}

export interface EmbeddedBrokerOptions {
  host: string;
  /** 0 takes any free port; `port()` names it. */
  port: number;
  tls: BrokerTls;
  isRevoked: (deviceId: string) => Promise<boolean>;
  /** What goes wrong beside any single connection; the broker goes on. */
  onError: (error: Error) => void;
}

export interface EmbeddedBroker extends DeviceTransport {
  port(): number;
  /** A renewed certificate for new connections. */
  useTls(tls: BrokerTls): void;
}

/**
 * Our own broker: MQTT 3.1.1 over TLS for devices with a certificate of ours.
 *
 * INVARIANTS
 * - A client is named by its certificate: its client id is the common name, or it is not let in.
 * - What it publishes (last wills too), subscribes to and is sent passes the channel table. A message that may not be is
 *   acknowledged and goes nowhere, so that one bad message neither blocks its device nor reaches another.
 * - It keeps nothing but retained messages in memory: every session is clean, whatever the client asks.
 */
export function createEmbeddedBroker({
  host,
  port,
  tls,
  isRevoked,
  onError,
}: EmbeddedBrokerOptions): EmbeddedBroker {
  const clients = new Map<string, Client>();
  const deviceOf = new WeakMap<object, string>();
  let listeners: TransportListeners | undefined;
  let server: Server | undefined;
  let broker: Aedes | undefined;

  const principalOf = (client: Client) => ({
    kind: 'device' as const,
    deviceId: deviceOf.get(client.conn) ?? '',
  });

  const refuse: TransportListeners['onRefused'] = (refused) => listeners?.onRefused(refused);

  async function accept(socket: TLSSocket): Promise<void> {
    const certificate = socket.getPeerX509Certificate();
    const deviceId = certificate && parseCertificate(certificate.toString()).commonName;
    if (deviceId === undefined || !DeviceId.safeParse(deviceId).success || broker === undefined) {
      socket.destroy();
      return;
    }
    const connection = new BoundedConnection({
      socket,
      maxPacketBytes: MAX_PACKET_BYTES,
      onTooLarge: () =>
        refuse({
          channel: undefined,
          deviceId,
          reason: 'too-large',
          problem: `a packet has more than ${MAX_PACKET_BYTES} bytes`,
        }),
    });
    deviceOf.set(connection, deviceId);
    broker.handle(connection);
  }

  function createBroker(): Promise<Aedes> {
    return Aedes.createBroker({
      connectTimeout: 15_000,
      preConnect(_client, packet, done) {
        packet.clean = true;
        done(null, true);
      },
      authenticate(client, _username, _password, done) {
        const { deviceId } = principalOf(client);
        if (client.id !== deviceId) {
          done(refusal('The client id must be the common name of the certificate.', 2), false);
          return;
        }
        isRevoked(deviceId).then(
          (revoked) => (revoked ? done(refusal('The device was revoked.', 5), false) : done(null, true)),
          () => done(refusal('The control plane cannot say whether the device was revoked.', 3), false),
        );
      },
      authorizePublish(client, packet, done) {
        if (client === null) return done(null);
        const principal = principalOf(client);
        const channel = parseTopic(packet.topic)?.channel;
        const bytes = packet.payload.length;
        if (
          channel !== undefined &&
          mayPublish(principal, packet.topic) &&
          bytes <= LIMITS.mqttMessageBytes
        ) {
          packet.retain = CHANNELS[channel].retain;
          return done(null);
        }
        refuse(
          bytes > LIMITS.mqttMessageBytes
            ? { channel, deviceId: principal.deviceId, reason: 'too-large', problem: `it has ${bytes} bytes` }
            : {
                channel,
                deviceId: principal.deviceId,
                reason: channel === undefined ? 'unknown-topic' : 'not-allowed',
                problem: 'the device may not publish there',
              },
        );
        Object.assign(packet, { topic: NOWHERE, payload: Buffer.alloc(0), retain: false });
        done(null);
      },
      authorizeSubscribe(client, subscription, done) {
        const principal = principalOf(client);
        if (maySubscribe(principal, subscription.topic)) return done(null, subscription);
        refuse({
          channel: parseTopic(subscription.topic)?.channel,
          deviceId: principal.deviceId,
          reason: 'not-allowed',
          problem: 'the device may not subscribe to that',
        });
        done(null, null);
      },
      authorizeForward: (client, packet) => (maySubscribe(principalOf(client), packet.topic) ? packet : null),
      published(packet, client, done) {
        // Without a client it is our own; with the topic of nowhere it was refused already.
        if (client === null || packet.topic === NOWHERE || packet.topic.startsWith('$SYS/'))
          return done(null);
        void take({ topic: packet.topic, payload: toBuffer(packet.payload) }).finally(() => done(null));
      },
    });
  }

  async function take(packet: { topic: string; payload: Buffer }): Promise<void> {
    if (packet.payload.length === 0) return; // the device took back what was retained
    const decoded = decodeMessage(packet);
    if (decoded.ok) {
      // The decoder has checked the payload against the schema of this very channel.
      const { channel, deviceId, payload } = decoded;
      await listeners?.onMessage({ channel, deviceId, payload } as DeviceMessage);
      return;
    }
    const { channel, reason, problem } = decoded;
    refuse({ channel, deviceId: parseTopic(packet.topic)?.deviceId, reason, problem });
  }

  return {
    async start(given) {
      listeners = given;
      broker = await createBroker();
      // Its types leave this event out; unheard, it would end the process.
      const emitter: EventEmitter = broker;
      emitter.on('error', onError);
      broker.on('clientReady', (client) => clients.set(client.id, client));
      broker.on('clientDisconnect', (client) => {
        if (clients.get(client.id) === client) clients.delete(client.id);
      });
      server = createServer({
        ...tls,
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        handshakeTimeout: 15_000,
      });
      server.on('secureConnection', (socket) => void accept(socket));
      await listenOn({ server, host, port, what: 'MQTT', onError });
      listeners.onUp();
    },

    async stop() {
      listeners = undefined; // last wills that our own end sets off say nothing about the devices
      const closing = server;
      server = undefined;
      const closed = closing?.listening ? once(closing, 'close') : undefined;
      closing?.close();
      await new Promise<void>((resolve) => (broker ? broker.close(resolve) : resolve()));
      await closed;
      clients.clear();
    },

    async publish(channel, deviceId, payload) {
      await publishPacket(encodeMessage({ channel, deviceId, payload }));
    },

    async clearRetained(deviceId) {
      for (const channel of RETAINED) {
        await publishPacket({
          topic: topicFor(channel, deviceId),
          payload: Buffer.alloc(0),
          qos: 1,
          retain: true,
        });
      }
    },

    cut(deviceId) {
      clients.get(deviceId)?.close();
    },

    isConnected: (deviceId) => clients.has(deviceId),

    port() {
      const address = server?.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },

    useTls(renewed) {
      server?.setSecureContext(renewed);
    },
  };

  async function publishPacket(packet: {
    topic: string;
    payload: Buffer;
    qos: 0 | 1;
    retain: boolean;
  }): Promise<void> {
    const current = broker;
    if (current === undefined || current.closed)
      throw new FlotillaError('offline', 'The broker does not run.');
    await new Promise<void>((resolve, reject) => {
      current.publish({ cmd: 'publish', dup: false, ...packet }, (error) => {
        if (error)
          reject(new FlotillaError('offline', 'The broker did not take the message.', { cause: error }));
        else resolve();
      });
    });
  }
}

const RETAINED = (Object.keys(CHANNELS) as ChannelName[]).filter((channel) => CHANNELS[channel].retain);

/** An error that aedes answers with this CONNACK code. */
function refusal(message: string, returnCode: 2 | 3 | 5): AuthenticateError {
  return Object.assign(new FlotillaError('certificate-refused', message), { returnCode });
}

function toBuffer(payload: string | Buffer): Buffer {
  return typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload;
}
