import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';

import { startMosquitto, type Mosquitto } from './mosquitto.ts';
import { leftOut } from './left-out.ts';

const nextMessage = (client: MqttClient): Promise<{ topic: string; text: string }> =>
  new Promise((resolve) => {
    client.once('message', (topic, payload) => resolve({ topic, text: payload.toString('utf8') }));
  });

describe.skipIf(leftOut('mosquitto'))('startMosquitto', () => {
  let broker: Mosquitto | undefined;
  const clients: MqttClient[] = [];
  const connect = async (url: string, username?: string): Promise<MqttClient> => {
    const client = await connectAsync(url, { reconnectPeriod: 0, username });
    clients.push(client);
    return client;
  };
  afterEach(async () => {
    for (const client of clients.splice(0)) client.end(true);
    await broker?.stop();
    broker = undefined;
  });

  it('passes messages from one client to another', async () => {
    broker = await startMosquitto();
    const listener = await connect(broker.url);
    await listener.subscribeAsync('a/b');
    const message = nextMessage(listener);
    await (await connect(broker.url)).publishAsync('a/b', 'hello');
    expect(await message).toEqual({ topic: 'a/b', text: 'hello' });
  });

  it('forgets what it retained when it is killed and restarted on the same port', async () => {
    broker = await startMosquitto({ config: ['max_keepalive 600'] });
    const { port } = broker;
    const first = await connect(broker.url);
    await first.publishAsync('kept', 'old', { retain: true, qos: 1 });
    const closed = new Promise<void>((resolve) => first.once('close', resolve));
    await broker.kill();
    await closed;
    await expect(connectAsync(broker.url, { reconnectPeriod: 0 }, false)).rejects.toThrow();
    await broker.restart();
    expect(broker.port).toBe(port);
    const again = await connect(broker.url);
    await again.subscribeAsync('#');
    const message = nextMessage(again);
    await again.publishAsync('marker', 'new');
    expect((await message).topic).toBe('marker');
  });

  it('applies the given ACL', async () => {
    broker = await startMosquitto({ acl: 'user alice\ntopic readwrite hers/#\n' });
    const alice = await connect(broker.url, 'alice');
    await alice.subscribeAsync('#');
    const message = nextMessage(alice);
    await alice.publishAsync('others/x', 'no', { qos: 1 });
    await alice.publishAsync('hers/x', 'yes', { qos: 1 });
    expect((await message).topic).toBe('hers/x');
  });

  it('tells what the broker says about a configuration it does not accept', async () => {
    await expect(startMosquitto({ config: ['no_such_setting 1'] })).rejects.toThrow(/no_such_setting/);
  });
});
