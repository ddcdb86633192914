import { leftOut, startMosquitto, startTcpFaultProxy, waitFor, type TcpFaultProxy } from '@flotilla/testkit';
import { afterEach, describe, expect, it } from 'vitest';

import { createLinkBench } from '../test/link-bench.ts';

const deviceId = 'device-1';
const status = (state: 'online' | 'offline', at = 1) => ({ v: 1, state, at }) as const;
const command = (id: string) => ({ v: 1, id, issuedAt: 1, expiresAt: 2, kind: 'report' }) as const;

const { newLink, started, own, stopAll } = createLinkBench();
afterEach(stopAll);

describe.skipIf(leftOut('mosquitto'))('MqttLink when the line or the broker fails', () => {
  it('refuses to publish while it is down, keeps nothing, and says that a retry may help', async () => {
    const broker = own(await startMosquitto({ config: [] }));
    const device = newLink({ url: broker.url, clientId: deviceId });
    const offline = { code: 'offline', retryable: true };
    await expect(device.publish('status', { deviceId }, status('online'))).rejects.toMatchObject(offline);
    device.start();
    await device.whenConnected();
    await broker.kill();
    await waitFor(() => device.told.disconnected, { what: 'the end is noticed' });
    await expect(device.publish('status', { deviceId }, status('online', 99))).rejects.toMatchObject(offline);
    const heard: number[] = [];
    await broker.restart();
    const plane = newLink({ url: broker.url, clientId: 'plane' });
    plane.subscribe('status', {}, ({ at }) => void heard.push(at));
    plane.start();
    await Promise.all([plane.whenConnected(), device.whenConnected()]);
    await device.publish('status', { deviceId }, status('online', 100));
    await waitFor(() => heard.length > 0, { what: 'the new status came' });
    expect(heard).toEqual([100]);
  });

  it('comes back by itself after the broker was killed, and hears again', async () => {
    const broker = own(await startMosquitto({ config: [] }));
    const device = newLink({ url: broker.url, clientId: deviceId });
    const heard: string[] = [];
    device.subscribe('command', { deviceId }, ({ id }) => void heard.push(id));
    device.start();
    await device.whenConnected();
    await broker.kill();
    await waitFor(() => device.told['connect-failed'], { what: 'an attempt has failed' });
    expect(device.told['connect-failed']?.[0]?.error).toMatchObject({ code: 'offline' });
    await broker.restart();
    await device.whenConnected();
    const plane = await started({ url: broker.url, clientId: 'plane' });
    await plane.publish('command', { deviceId }, command('after'));
    await waitFor(() => heard.includes('after'), { what: 'the command came' });
  });

  it('is told offline by its last will when its line is cut, and not when it stops in order', async () => {
    const broker = own(await startMosquitto());
    const line = own(await startTcpFaultProxy({ target: { port: broker.port } }));
    const plane = newLink({ url: broker.url, clientId: 'plane' });
    const heard: string[] = [];
    plane.subscribe('status', {}, ({ state, at }) => void heard.push(`${state} ${at}`));
    plane.start();
    await plane.whenConnected();
    let session = 0;
    const device = newLink({
      url: `mqtt://127.0.0.1:${line.port}`,
      clientId: deviceId,
      will: () => ({ channel: 'status', deviceId, payload: status('offline', (session += 1)) }),
    });
    device.start();
    await device.whenConnected();
    await device.publish('status', { deviceId }, status('online', 1));
    line.cut();
    await waitFor(() => heard.includes('offline 1'), { what: 'the last will came' });
    line.restore();
    await device.whenConnected();
    await device.publish('status', { deviceId }, status('online', 2));
    await device.stop();
    expect(device.state).toBe('stopped');
    await plane.publish('status', { deviceId: 'marker' }, status('online', 3));
    await waitFor(() => heard.includes('online 3'), { what: 'the marker came' });
    expect(heard.filter((text) => text.startsWith('offline'))).toEqual(['offline 1']);
  });

  it('fails what is under way, retryably, when the line dies or the broker is silent', async () => {
    const broker = own(await startMosquitto());
    const line = own(await startTcpFaultProxy({ target: { port: broker.port } }));
    const device = await started({
      url: `mqtt://127.0.0.1:${line.port}`,
      clientId: deviceId,
      ackTimeoutMs: 100,
    });
    line.freeze();
    await expect(device.publish('status', { deviceId }, status('online'))).rejects.toMatchObject({
      code: 'timeout',
      retryable: true,
    });
    const underWay = device.publish('status', { deviceId }, status('online'));
    line.cut();
    await expect(underWay).rejects.toMatchObject({ code: 'offline', retryable: true });
  });

  it('notices a line that is silently dead, by its keepalive', async () => {
    const broker = own(await startMosquitto());
    const line = own(await startTcpFaultProxy({ target: { port: broker.port } }));
    const device = await started({
      url: `mqtt://127.0.0.1:${line.port}`,
      clientId: deviceId,
      keepaliveSeconds: 1,
    });
    line.freeze();
    await waitFor(() => device.told.disconnected, { what: 'the dead line is noticed' });
    line.restore();
    await device.whenConnected();
  });

  it('stops while it has no line, also when the broker was never there', async () => {
    const line: TcpFaultProxy = own(await startTcpFaultProxy({ target: { port: 9 } }));
    line.cut();
    const device = newLink({
      url: `mqtt://127.0.0.1:${line.port}`,
      clientId: deviceId,
      retry: { initialMs: 60_000 },
      random: () => 0.99,
    });
    device.start();
    await waitFor(() => device.told['connect-failed'], { what: 'an attempt has failed' });
    expect(device.state).toBe('waiting');
    const waiting = device.whenConnected({ signal: AbortSignal.timeout(20) });
    await expect(waiting).rejects.toThrow();
    await device.stop();
    expect(device.state).toBe('stopped');
  });

  it('stops also while a broker that took the connection says nothing', async () => {
    const broker = own(await startMosquitto());
    const line = own(await startTcpFaultProxy({ target: { port: broker.port } }));
    line.freeze();
    const device = newLink({
      url: `mqtt://127.0.0.1:${line.port}`,
      clientId: deviceId,
      connectTimeoutMs: 3_600_000,
    });
    device.start();
    await waitFor(() => line.connections > 0, { what: 'the connection is taken' });
    await device.stop();
    expect(device.state).toBe('stopped');
    expect(device.told.connected).toBeUndefined();
  });

  it('reads no more than its handlers can take, and loses nothing', async () => {
    const broker = own(await startMosquitto());
    const plane = newLink({ url: broker.url, clientId: 'plane', parallel: 3 });
    const open: (() => void)[] = [];
    let most = 0;
    const heard = new Set<number>();
    plane.subscribe('status', {}, async ({ at }) => {
      await new Promise<void>((resolve) => {
        open.push(resolve);
        most = Math.max(most, open.length);
      });
      heard.add(at);
    });
    plane.start();
    await plane.whenConnected();
    const device = await started({ url: broker.url, clientId: deviceId });
    await Promise.all(
      Array.from({ length: 30 }, (_, at) => device.publish('status', { deviceId }, status('online', at))),
    );
    await waitFor(() => open.length === 3, { what: 'the handlers are full' });
    await waitFor(
      () => {
        open.shift()?.();
        return heard.size === 30;
      },
      { what: 'all were handled', everyMs: 1 },
    );
    expect(most).toBe(3);
  });
});
