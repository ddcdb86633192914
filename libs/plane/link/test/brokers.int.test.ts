import { connect as connectTls } from 'node:tls';
import { LIMITS, topicFor, type DeviceStatus } from '@flotilla/contracts';
import { createCertificateAuthority, issueClientCertificate } from '@flotilla/platform-pki';
import { leftOut, waitFor } from '@flotilla/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BROKERS, type BrokerUnderTest } from './broker-under-test.ts';
import { testPki, type TestPki } from './pki.ts';
import { connectRaw, type RawDevice } from './raw-device.ts';

const A = 'device-a';
const B = 'device-b';

let pki: TestPki;
beforeAll(async () => {
  pki = await testPki();
});

const status = (state: DeviceStatus['state']): string => JSON.stringify({ v: 1, state, at: 1 });
const result = (id: string): string => JSON.stringify({ v: 1, id, at: 1, outcome: 'done' });
const desired = (payload: string) => ({
  v: 1 as const,
  envelope: {
    payloadType: 'application/vnd.flotilla.desired+json',
    payload,
    signatures: [{ keyid: 'k', sig: 'AAAA' }],
  },
});

const underTest = Object.entries(BROKERS).filter(([name]) => name !== 'mosquitto' || !leftOut('mosquitto'));
describe.each(underTest)('over %s', (name, start) => {
  let broker: BrokerUnderTest;
  const connected: RawDevice[] = [];

  beforeEach(async () => {
    broker = await start(pki);
  });
  afterEach(async () => {
    for (const { client } of connected.splice(0)) client.end(true);
    await broker.stop();
  });

  async function device(
    id: string,
    options: Partial<Parameters<typeof connectRaw>[0]> = {},
  ): Promise<RawDevice> {
    const raw = await connectRaw({
      url: broker.url,
      ca: pki.ca.certificatePem,
      identity: await pki.device(id),
      clientId: id,
      ...options,
    });
    connected.push(raw);
    return raw;
  }

  /** Everything sent before on this line has been dealt with once this message has arrived. */
  async function sentinel(raw: RawDevice, id: string, mark: string): Promise<void> {
    await raw.client.publishAsync(topicFor('result', id), result(mark), { qos: 1 });
    await waitFor(() => broker.messages.some((m) => m.channel === 'result' && m.payload.id === mark), {
      what: `the message ${mark} arrives`,
    });
  }

  const heardOf = (id: string) =>
    broker.messages.filter((m) => m.deviceId === id).map(({ channel }) => channel);

  it('carries what a device says under its own id, and what it is told', async () => {
    const a = await device(A);
    expect(await a.subscribe(topicFor('command', A))).toBe(1);
    await a.client.publishAsync(topicFor('status', A), status('online'), { qos: 1, retain: true });
    await sentinel(a, A, 'after-status');
    expect(heardOf(A)).toEqual(['status', 'result']);
    await broker.transport.publish('command', A, {
      v: 1,
      id: 'c1',
      issuedAt: 1,
      expiresAt: 2,
      kind: 'report',
    });
    await waitFor(() => a.heard.find(({ topic }) => topic === topicFor('command', A)), {
      what: 'the device hears its command',
    });
  });

  it('gives a device its desired document also when it comes later', async () => {
    await broker.transport.publish('desired', A, desired('AAAA'));
    const a = await device(A);
    await a.subscribe(topicFor('desired', A));
    await waitFor(() => a.heard.some(({ text }) => text.includes('AAAA')), { what: 'the document comes' });
  });

  it('takes back what was kept for a device that is gone', async () => {
    await broker.transport.publish('desired', A, desired('AAAA'));
    await broker.transport.clearRetained(A);
    const a = await device(A);
    await a.subscribe(topicFor('desired', A));
    await a.subscribe(topicFor('command', A));
    await broker.transport.publish('command', A, {
      v: 1,
      id: 'c1',
      issuedAt: 1,
      expiresAt: 2,
      kind: 'report',
    });
    await waitFor(() => a.heard.length > 0, { what: 'something is heard' });
    expect(a.heard.map(({ topic }) => topic)).toEqual([topicFor('command', A)]);
  });

  it('lets nobody hear what a device publishes under another id', async () => {
    const b = await device(B);
    await b.subscribe(topicFor('desired', B));
    const a = await device(A);
    await a.client.publishAsync(topicFor('status', B), status('offline'), { qos: 1, retain: true });
    await a.client.publishAsync(topicFor('desired', B), JSON.stringify(desired('AAAA')), {
      qos: 1,
      retain: true,
    });
    await a.client.publishAsync(topicFor('desired', A), JSON.stringify(desired('BBBB')), {
      qos: 1,
      retain: true,
    });
    await sentinel(a, A, 'after-foreign');
    await broker.transport.publish('desired', B, desired('CCCC'));
    await waitFor(() => b.heard.length > 0, { what: 'the victim hears the control plane' });
    expect(heardOf(B)).toEqual([]);
    expect(b.heard.map(({ text }) => text.includes('CCCC'))).toEqual([true]);
  });

  it('lets a device hear only what is for it, whatever it subscribes to', async () => {
    const a = await device(A);
    for (const filter of [
      '#',
      'flotilla/#',
      'flotilla/v1/+/desired',
      topicFor('desired', B),
      topicFor('status', B),
    ]) {
      await a.subscribe(filter);
    }
    await a.subscribe(topicFor('desired', A));
    const b = await device(B);
    await b.client.publishAsync(topicFor('status', B), status('online'), { qos: 1, retain: true });
    await sentinel(b, B, 'b-is-there');
    await broker.transport.publish('desired', B, desired('BBBB'));
    await broker.transport.publish('desired', A, desired('AAAA'));
    await waitFor(() => a.heard.some(({ text }) => text.includes('AAAA')), {
      what: 'the own document comes',
    });
    // A wildcard that a broker grants may bring the own document a second time; never another one's.
    expect([...new Set(a.heard.map(({ topic }) => topic))]).toEqual([topicFor('desired', A)]);
  });

  it('does not let a device take another one’s place by its client id', async () => {
    const b = await device(B);
    await b.subscribe(topicFor('command', B));
    const impostor = await device(A, { clientId: B }).catch(() => undefined);
    if (impostor) {
      await impostor.subscribe(topicFor('command', B));
      await impostor.client
        .publishAsync(topicFor('status', B), status('offline'), { qos: 1 })
        .catch(() => {});
    }
    await broker.transport.publish('command', B, {
      v: 1,
      id: 'c1',
      issuedAt: 1,
      expiresAt: 2,
      kind: 'report',
    });
    await waitFor(() => b.heard.length === 1, { what: 'the victim still hears' });
    await sentinel(b, B, 'b-still-there');
    expect(b.client.connected).toBe(true);
    expect(impostor?.heard ?? []).toEqual([]);
    expect(heardOf(B)).toEqual(['result']);
  });

  it('delivers a last will of the device’s own', async () => {
    const a = await device(A, {
      will: { topic: topicFor('status', A), payload: Buffer.from(status('offline')), qos: 1, retain: true },
    });
    a.client.stream.destroy();
    await waitFor(() => heardOf(A).includes('status'), { what: 'the last will arrives' });
  });

  it('does not deliver a last will on another device’s topic', async () => {
    const a = await device(A, {
      will: { topic: topicFor('status', B), payload: Buffer.from(status('offline')), qos: 1, retain: true },
    }).catch(() => undefined);
    a?.client.stream.destroy();
    const again = await device(A);
    await sentinel(again, A, 'after-will');
    const b = await device(B);
    await sentinel(b, B, 'b-after-will');
    expect(heardOf(B)).toEqual(['result']);
  });

  it('drops a message over 64 KiB and goes on, on the same line and on others', async () => {
    const [a, b] = [await device(A), await device(B)];
    const large = Buffer.alloc(LIMITS.mqttMessageBytes + 1, 0x20);
    await a.client.publishAsync(topicFor('telemetry', A), large, { qos: 1 });
    await sentinel(a, A, 'after-large');
    await sentinel(b, B, 'b-undisturbed');
    expect(heardOf(A)).toEqual(['result']);
  });

  it('cuts the line of a client that sends a huge packet, and of no other', async () => {
    const [a, b] = [await device(A), await device(B)];
    const closed = closing(a.client);
    a.client.publish(topicFor('telemetry', A), Buffer.alloc(8 * LIMITS.mqttMessageBytes), { qos: 0 });
    await closed;
    await sentinel(b, B, 'b-undisturbed');
    expect(heardOf(A)).toEqual([]);
  });

  it('tells of messages that are not what their channel says, and goes on', async () => {
    const a = await device(A);
    for (const text of ['{', '[]', '{"v":2}', '\u0000\u0001', '{"v":1,"state":"online","at":"soon"}']) {
      await a.client.publishAsync(topicFor('status', A), text, { qos: 1 });
    }
    await sentinel(a, A, 'after-nonsense');
    expect(heardOf(A)).toEqual(['result']);
    expect(broker.refused.map(({ channel, deviceId, reason }) => [channel, deviceId, reason])).toEqual([
      ['status', A, 'not-json'],
      ['status', A, 'not-valid'],
      ['status', A, 'not-valid'],
      ['status', A, 'not-json'],
      ['status', A, 'not-valid'],
    ]);
  });

  it('lets nobody in without a certificate of the authority', async () => {
    const other = await createCertificateAuthority({ now: Date.now() });
    const foreign = await issueClientCertificate({ ca: other, commonName: A, now: Date.now() });
    await expect(device(A, { identity: foreign })).rejects.toThrow();
    await expect(device(A, { identity: undefined })).rejects.toThrow();
    const plain = connectTls({
      host: '127.0.0.1',
      port: Number(new URL(broker.url).port),
      ca: pki.ca.certificatePem,
    });
    await closing(plain);
    await sentinel(await device(A), A, 'good-one');
  });

  if (name === 'aedes') {
    it('refuses a revoked device and cuts one that is connected', async () => {
      const a = await device(A);
      await sentinel(a, A, 'before');
      const closed = closing(a.client);
      broker.revoked.add(A);
      broker.transport.cut(A);
      await closed;
      await expect(device(A)).rejects.toThrow();
      expect(broker.transport.isConnected(A)).toBe(false);
    });

    it('keeps no session, whatever the client asks', async () => {
      const first = await device(A, { clean: false });
      await first.subscribe(topicFor('command', A));
      await first.client.endAsync();
      await broker.transport.publish('command', A, {
        v: 1,
        id: 'c1',
        issuedAt: 1,
        expiresAt: 2,
        kind: 'report',
      });
      const second = await device(A, { clean: false });
      await second.subscribe(topicFor('desired', A));
      await broker.transport.publish('desired', A, desired('AAAA'));
      await waitFor(() => second.heard.length > 0, { what: 'something is heard' });
      expect(second.heard.map(({ topic }) => topic)).toEqual([topicFor('desired', A)]);
    });
  }
});

/** Resolves when the line is gone; why it went is not the question here. */
function closing(line: { on(event: 'error' | 'close', listener: () => void): unknown }): Promise<void> {
  line.on('error', () => {});
  return new Promise((resolve) => line.on('close', resolve));
}
