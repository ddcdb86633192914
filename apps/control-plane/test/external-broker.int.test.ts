import { mosquittoAcl } from '@flotilla/contracts';
import { PLANE_USER } from '@flotilla/plane-link';
import {
  createCertificateAuthority,
  createRevocationList,
  issueServerCertificate,
  parseCertificate,
  type Identity,
} from '@flotilla/platform-pki';
import {
  leftOut,
  startMosquitto,
  tempFolder,
  waitFor,
  type Mosquitto,
  type TempFolder,
} from '@flotilla/testkit';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPlane, type PlaneProcess } from './plane-process.ts';
import { ask, row, TestDevice } from './test-device.ts';

describe.skipIf(leftOut('mosquitto'))('with Mosquitto as the broker', () => {
  let folder: TempFolder;
  let broker: Mosquitto;
  let plane: PlaneProcess;
  let device: TestDevice;

  beforeAll(async () => {
    folder = await tempFolder({ name: 'plane-mosquitto' });
    const ca = await authorityIn(folder.file('data'));
    const server = await issueServerCertificate({
      ca,
      names: ['localhost'],
      ips: ['127.0.0.1'],
      now: Date.now(),
    });
    broker = await startMosquitto({
      tls: { ca: ca.certificatePem, cert: server.certificatePem, key: server.privateKeyPem },
      acl: mosquittoAcl(PLANE_USER),
      config: ['use_username_as_clientid true'],
    });
    plane = await startPlane({ data: folder.file('data'), args: ['--broker-url', broker.url] });
    const created = await plane.client.api.v1['join-tokens'].$post({ json: {} });
    device = await TestDevice.join({ token: (await created.json()).token });
    await device.connect();
  });
  afterAll(async () => {
    await device.link.stop();
    await plane.child.stop();
    await broker.stop();
    await folder.remove();
  });

  const desiredRevision = () => device.desired.at(-1)?.services[0]?.revision;

  it('tells devices that address, and hears and reaches them', async () => {
    expect(device.joined.mqttUrl).toBe(broker.url);
    await waitFor(
      async () => {
        const { items } = await (await plane.client.api.v1.devices.$get({ query: {} })).json();
        return items[0]?.online;
      },
      { what: 'the device is online' },
    );
    await plane.client.api.v1.rollouts.$post({ json: { release: 'assistant', selector: '*' } });
    await waitFor(() => desiredRevision() === 1, { what: 'the desired document arrives' });
    await device.sendRows('epoch-1', [row(1, 'ab'.repeat(32))]);
    await waitFor(() => device.acks.some(({ upTo }) => upTo === 1), { what: 'the ack comes' });
  });

  it('says everything again to a broker that lost its memory', async () => {
    const before = device.desired.length;
    await broker.restart();
    await waitFor(() => device.desired.length > before && desiredRevision() === 1, {
      what: 'the document comes again',
      deadlineMs: 30_000,
    });
    await device.link.whenConnected();
    await waitFor(
      async () => {
        await device.sendRows('epoch-1', [row(1, 'ab'.repeat(32)), row(2, 'ab'.repeat(32))]).catch(() => {});
        return device.acks.some(({ upTo }) => upTo === 2);
      },
      { what: 'telemetry is acknowledged again', everyMs: 200, deadlineMs: 30_000 },
    );
    const overview = await (await plane.client.api.v1.overview.$get()).json();
    expect(overview.lastDay.requests).toBe(2);
  });

  it('starts and serves people also while the broker is away', async () => {
    await plane.child.stop();
    await broker.kill();
    plane = await startPlane({
      data: folder.file('data'),
      args: ['--broker-url', broker.url],
      ports: plane.ports,
    });
    const { items } = await (await plane.client.api.v1.devices.$get({ query: {} })).json();
    expect(items).toHaveLength(1);
    await broker.restart();
    const before = device.desired.length;
    await waitFor(() => device.desired.length > before, { what: 'the line comes back', deadlineMs: 60_000 });
  });

  /**
   * Only the broker can cut a line or refuse a certificate (`crlfile`). What the control plane can do holds without it:
   * the document is taken back, nothing is acknowledged, told or ordered any more.
   */
  it('keeps a device that was revoked while it was away out of everything, though its line stays', async () => {
    const api = plane.client.api.v1;
    const param = { deviceId: device.joined.deviceId };
    await broker.kill();
    expect((await api.devices[':deviceId'].$delete({ param })).status).toBe(204);
    await broker.restart();
    await device.link.whenConnected();
    const told = device.desired.length;
    const acked = device.acks.length;
    await waitFor(
      async () => {
        await device.sendRows('epoch-1', [row(3, 'ab'.repeat(32))]).catch(() => {});
        const { items } = await (await api.events.$get({ query: { kind: 'message-refused' } })).json();
        return items.some(({ deviceId }) => deviceId === param.deviceId);
      },
      { what: 'its message is refused', everyMs: 200, deadlineMs: 60_000 },
    );
    expect(device.acks).toHaveLength(acked);
    expect(device.desired).toHaveLength(told);
    await device.link.stop();
    const late = device.anew();
    await late.connect();
    await expect(
      api.devices[':deviceId'].commands.$post({ param, json: { kind: 'report' } }),
    ).rejects.toMatchObject({ code: 'device-revoked' });
    // It has said that it is online, after it subscribed: a document that is kept would have come before.
    expect(late.desired).toEqual([]);
    await late.link.stop();
    const overview = await (await api.overview.$get()).json();
    expect(overview.lastDay.requests).toBe(2);
  });
});

describe.skipIf(leftOut('mosquitto'))('with a Mosquitto that reads the revocation list', () => {
  it('lets a revoked device in no more once it has read the list again, and every other one', async () => {
    await using folder = await tempFolder({ name: 'plane-crl' });
    const data = folder.file('data');
    const crlFile = `${data}/pki/crl.pem`;
    const ca = await authorityIn(data);
    await writeFile(crlFile, await createRevocationList({ ca, revoked: [], now: Date.now() }));
    const server = await issueServerCertificate({ ca, names: [], ips: ['127.0.0.1'], now: Date.now() });
    await using broker = await startMosquitto({
      tls: { ca: ca.certificatePem, cert: server.certificatePem, key: server.privateKeyPem },
      acl: mosquittoAcl(PLANE_USER),
      config: ['use_username_as_clientid true', `crlfile ${crlFile}`],
    });
    const plane = await startPlane({ data, args: ['--broker-url', broker.url] });
    try {
      const api = plane.client.api.v1;
      const { token } = await (await api['join-tokens'].$post({ json: { maxUses: 2 } })).json();
      const [revoked, kept] = [await TestDevice.join({ token }), await TestDevice.join({ token })];
      await Promise.all([revoked.connect(), kept.connect()]);
      const before = await readFile(crlFile, 'utf8');
      await api.devices[':deviceId'].$delete({ param: { deviceId: revoked.id } });
      const list = await waitFor(
        async () => {
          const now = await readFile(crlFile, 'utf8');
          return now === before ? undefined : now;
        },
        { what: 'the list names the device' },
      );
      const served = await ask({ url: `${plane.ready.gatewayUrl}/v1/crl`, ca: ca.certificatePem });
      expect(served.body.toString()).toBe(list);

      const refused = new Promise<number>((resolve) => {
        revoked.link.events.on('connect-failed', ({ attempt }) => resolve(attempt));
      });
      await broker.reload();
      await Promise.all([revoked.link.reconnect(), kept.link.reconnect()]);
      await Promise.all([refused, kept.link.whenConnected()]);
      await waitFor(() => /certificate verify failed|certificate revoked/i.test(broker.log()), {
        what: 'the broker says why',
      });
      expect(revoked.link.state).not.toBe('connected');
      expect(kept.link.state).toBe('connected');
      await Promise.all([revoked.link.stop(), kept.link.stop()]);
    } finally {
      await plane.child.stop();
    }
  });
});

/** The broker needs a certificate before the control plane has run: its authority, as the control plane would make it. */
async function authorityIn(data: string): Promise<Identity> {
  const ca = await createCertificateAuthority({ now: Date.now() });
  expect(parseCertificate(ca.certificatePem).isAuthority).toBe(true);
  await mkdir(`${data}/pki`, { recursive: true, mode: 0o700 });
  await writeFile(`${data}/pki/ca.json`, JSON.stringify(ca), { mode: 0o600 });
  return ca;
}
