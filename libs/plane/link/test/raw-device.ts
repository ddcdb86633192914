import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import type { Identity } from '@flotilla/platform-pki';

export interface Heard {
  topic: string;
  text: string;
}

/** A client that does what it is told, also what no honest device would do. */
export interface RawDevice {
  client: MqttClient;
  heard: Heard[];
  /** What the broker granted: 0, 1, or 128 for refused. */
  subscribe(filter: string): Promise<number>;
}

export async function connectRaw({
  url,
  ca,
  identity,
  ...options
}: { url: string; ca: string; identity?: Identity | undefined } & IClientOptions): Promise<RawDevice> {
  const client = await connectAsync(
    url,
    {
      ca,
      ...(identity === undefined ? {} : { cert: identity.certificatePem, key: identity.privateKeyPem }),
      protocolVersion: 4,
      reconnectPeriod: 0,
      connectTimeout: 5_000,
      clean: true,
      ...options,
    },
    false,
  );
  const heard: Heard[] = [];
  client.on('message', (topic, payload) => heard.push({ topic, text: payload.toString('utf8') }));
  client.on('error', () => {});
  return {
    client,
    heard,
    async subscribe(filter) {
      const granted = Promise.withResolvers<number>();
      client.once('packetreceive', function onPacket(packet) {
        if (packet.cmd === 'suback') granted.resolve(Number(packet.granted[0]));
        else client.once('packetreceive', onPacket);
      });
      client.subscribe(filter, { qos: 1 }, () => {});
      return granted.promise;
    },
  };
}
