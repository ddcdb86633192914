import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import { waitFor } from '@flotilla/testkit';
import { Aedes } from 'aedes';
import { expect, it } from 'vitest';

import { MqttLink } from './mqtt-link.ts';

it('tells which channel the broker does not let it hear, and hears the others', async () => {
  const broker = await Aedes.createBroker({
    authorizeSubscribe: (_client, subscription, done) =>
      done(null, subscription.topic.endsWith('/status') ? null : subscription),
  });
  const server = createServer((socket) => broker.handle(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const link = new MqttLink({
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clientId: 'plane',
  });
  const refused: { filter: string; code: string }[] = [];
  link.events.on('subscription-refused', ({ filter, error }) => refused.push({ filter, code: error.code }));
  const heard: number[] = [];
  link.subscribe('status', {}, () => expect.unreachable());
  link.subscribe('ack', {}, ({ upTo }) => void heard.push(upTo));
  link.start();
  try {
    await link.whenConnected();
    expect(refused).toEqual([{ filter: 'flotilla/v1/+/status', code: 'forbidden' }]);
    await link.publish('ack', { deviceId: 'device-1' }, { v: 1, epoch: 'e1', upTo: 4 });
    await waitFor(() => heard.includes(4), { what: 'the other channel is heard' });
  } finally {
    await link.stop();
    await new Promise<void>((resolve) => broker.close(resolve));
    server.close();
  }
});
