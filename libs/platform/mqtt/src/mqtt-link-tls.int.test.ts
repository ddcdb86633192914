import { mosquittoAcl, type ChannelName } from '@flotilla/contracts';
import {
  createCertificateAuthority,
  createCertificateRequest,
  createKeyPair,
  issueClientCertificate,
  issueDeviceCertificate,
  issueServerCertificate,
  type Identity,
} from '@flotilla/platform-pki';
import { leftOut, startMosquitto, waitFor, type Mosquitto } from '@flotilla/testkit';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';

import { createLinkBench } from '../test/link-bench.ts';
import type { MqttLink } from './mqtt-link.ts';

const deviceId = 'device-1';
const status = (state: 'online' | 'offline', at = 1) => ({ v: 1, state, at }) as const;
const command = (id: string) => ({ v: 1, id, issuedAt: 1, expiresAt: 2, kind: 'report' }) as const;

const { newLink, own, stopAll } = createLinkBench();
afterEach(stopAll);

describe.skipIf(leftOut('mosquitto'))('MqttLink with certificates', () => {
  let ca: Identity;
  let server: Identity;
  const now = Date.now();
  beforeAll(async () => {
    ca = await createCertificateAuthority({ now });
    server = await issueServerCertificate({ ca, names: ['localhost'], ips: ['127.0.0.1'], now });
  });
  const secureBroker = async (): Promise<Mosquitto> =>
    own(
      await startMosquitto({
        tls: { ca: ca.certificatePem, cert: server.certificatePem, key: server.privateKeyPem },
        acl: mosquittoAcl('plane'),
      }),
    );
  const tlsOf = ({ certificatePem, privateKeyPem }: Identity) => ({
    ca: ca.certificatePem,
    cert: certificatePem,
    key: privateKeyPem,
  });
  const newDevice = async (id: string): Promise<Identity> => {
    const { privateKeyPem } = createKeyPair('tls');
    const csrPem = await createCertificateRequest({ privateKeyPem, commonName: id });
    return { privateKeyPem, certificatePem: await issueDeviceCertificate({ ca, csrPem, deviceId: id, now }) };
  };

  it('lets a device speak and hear under its own id only', async () => {
    const { url } = await secureBroker();
    const planeIdentity = await issueClientCertificate({ ca, commonName: 'plane', now });
    const plane = newLink({ url, clientId: 'plane', tls: () => tlsOf(planeIdentity) });
    const identity = await newDevice(deviceId);
    const device = newLink({ url, clientId: deviceId, tls: () => tlsOf(identity) });
    const heard: string[] = [];
    const listen = (link: MqttLink, who: string, channel: ChannelName) =>
      link.subscribe(channel, {}, (_, context) => void heard.push(`${who} ${channel} ${context.deviceId}`));
    listen(plane, 'plane', 'status');
    listen(device, 'device', 'status');
    listen(device, 'device', 'command');
    device.subscribe('command', { deviceId }, ({ id }) => void heard.push(`device got ${id}`));
    plane.start();
    device.start();
    await Promise.all([plane.whenConnected(), device.whenConnected()]);
    await device.publish('status', { deviceId: 'device-2' }, status('online'));
    await device.publish('command', { deviceId }, command('forged'));
    await device.publish('status', { deviceId }, status('online'));
    await plane.publish('command', { deviceId: 'device-2' }, command('not-mine'));
    await plane.publish('command', { deviceId }, command('mine'));
    await waitFor(() => heard.includes('device got mine'), { what: 'the command came' });
    await waitFor(() => heard.includes(`plane status ${deviceId}`), { what: 'the status came' });
    expect(heard.filter((text) => text !== `device command ${deviceId}`).sort()).toEqual([
      'device got mine',
      `plane status ${deviceId}`,
    ]);
  });

  it('does not trust a broker of another authority, nor is it let in by one', async () => {
    const { url } = await secureBroker();
    const identity = await newDevice(deviceId);
    const stranger = await createCertificateAuthority({ now });
    const distrusting = newLink({
      url,
      clientId: deviceId,
      tls: () => ({ ...tlsOf(identity), ca: stranger.certificatePem }),
    });
    distrusting.start();
    const foreign = await issueClientCertificate({ ca: stranger, commonName: deviceId, now });
    const unwelcome = newLink({ url, clientId: deviceId, tls: () => tlsOf(foreign) });
    unwelcome.start();
    const nameless = newLink({ url, clientId: deviceId, tls: () => ({ ca: ca.certificatePem }) });
    nameless.start();
    for (const link of [distrusting, unwelcome, nameless]) {
      await waitFor(() => link.told['connect-failed'], { what: 'the attempt has failed' });
      expect(link.told.connected).toBeUndefined();
    }
  });

  it('uses a renewed certificate at the next connection', async () => {
    const { url } = await secureBroker();
    let identity = await newDevice('device-old');
    let asked = 0;
    const device = newLink({
      url,
      clientId: 'any',
      tls: () => {
        asked += 1;
        return tlsOf(identity);
      },
    });
    device.start();
    await device.whenConnected();
    identity = await newDevice(deviceId);
    await device.reconnect();
    await device.whenConnected();
    expect(asked).toBe(2);
    const planeIdentity = await issueClientCertificate({ ca, commonName: 'plane', now });
    const plane = newLink({ url, clientId: 'plane', tls: () => tlsOf(planeIdentity) });
    const heard: string[] = [];
    plane.subscribe('status', {}, (_, context) => void heard.push(context.deviceId));
    plane.start();
    await plane.whenConnected();
    await device.publish('status', { deviceId }, status('online'));
    await waitFor(() => heard.includes(deviceId), { what: 'the renewed name is accepted' });
  });

  it('says that it is refused where the broker refuses it', async () => {
    const { url } = own(await startMosquitto({ config: ['allow_anonymous false'] }));
    const device = newLink({ url, clientId: deviceId });
    device.start();
    await waitFor(() => device.told['connect-failed'], { what: 'the attempt has failed' });
    expect(device.told['connect-failed']?.[0]?.error).toMatchObject({ code: 'unauthenticated' });
  });
});
