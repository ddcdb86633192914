import { topicFor } from '@flotilla/contracts';
import { leftOut, startMosquitto, waitFor } from '@flotilla/testkit';
import { connectAsync } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';

import { createLinkBench } from '../test/link-bench.ts';

const deviceId = 'device-1';
const status = (state: 'online' | 'offline', at = 1) => ({ v: 1, state, at }) as const;
const command = (id: string) => ({ v: 1, id, issuedAt: 1, expiresAt: 2, kind: 'report' }) as const;

const { newLink, started, own, stopAll } = createLinkBench();
afterEach(stopAll);

describe.skipIf(leftOut('mosquitto'))('MqttLink', () => {
  it('carries typed messages up and down', async () => {
    const { url } = own(await startMosquitto());
    const plane = newLink({ url, clientId: 'plane' });
    const device = newLink({ url, clientId: deviceId });
    const heard: unknown[] = [];
    plane.subscribe('status', {}, (payload, context) => void heard.push([context.deviceId, payload.state]));
    device.subscribe('command', { deviceId }, (payload) => void heard.push(payload.kind));
    plane.start();
    device.start();
    await Promise.all([plane.whenConnected(), device.whenConnected()]);
    await device.publish('status', { deviceId }, status('online'));
    await plane.publish('command', { deviceId }, command('c1'));
    await plane.publish('command', { deviceId: 'device-2' }, command('c2'));
    await waitFor(() => heard.length === 2, { what: 'both have heard' });
    expect(heard).toEqual(expect.arrayContaining([[deviceId, 'online'], 'report']));
  });

  it('tells a new listener what is retained, until that is taken back', async () => {
    const { url } = own(await startMosquitto());
    const device = await started({ url, clientId: deviceId });
    await device.publish('status', { deviceId }, status('online', 7));
    const heard: [number, boolean][] = [];
    const listener = newLink({ url, clientId: 'plane' });
    listener.subscribe('status', {}, (payload, { retained }) => void heard.push([payload.at, retained]));
    listener.start();
    await waitFor(() => heard.length === 1, { what: 'the retained status came' });
    expect(heard).toEqual([[7, true]]);
    await device.clearRetained('status', { deviceId });
    const late = newLink({ url, clientId: 'late' });
    late.subscribe('status', {}, (payload) => void heard.push([payload.at, false]));
    late.start();
    await late.whenConnected();
    await device.publish('status', { deviceId }, status('online', 8));
    await waitFor(() => heard.length === 3, { what: 'both heard the new status' });
    expect(heard.slice(1)).toEqual([
      [8, false],
      [8, false],
    ]);
  });

  it('subscribes also while it is connected, and stops hearing what it no longer listens to', async () => {
    const { url } = own(await startMosquitto());
    const plane = await started({ url, clientId: 'plane' });
    const device = await started({ url, clientId: deviceId });
    const heard: string[] = [];
    const off = device.subscribe('command', { deviceId }, ({ id }) => void heard.push(id));
    let sent = 0;
    await waitFor(
      async () => {
        await plane.publish('command', { deviceId }, command(`c${(sent += 1)}`));
        return heard.length > 0;
      },
      { what: 'the subscription is in force' },
    );
    off();
    const before = heard.length;
    device.subscribe('ack', { deviceId }, ({ upTo }) => void heard.push(`ack ${upTo}`));
    await waitFor(
      async () => {
        await plane.publish('command', { deviceId }, command('unheard'));
        await plane.publish('ack', { deviceId }, { v: 1, epoch: 'e1', upTo: 5 });
        return heard.includes('ack 5');
      },
      { what: 'the other subscription is in force' },
    );
    expect(heard.slice(before)).not.toContain('unheard');
  });

  it('shares messages among the members of a group, each to one of them', async () => {
    const { url } = own(await startMosquitto());
    const heard: number[][] = [[], []];
    const planes = heard.map((list, index) => {
      const plane = newLink({ url, clientId: `plane-${index}` });
      plane.subscribe('status', { group: 'planes' }, ({ at }) => void list.push(at));
      plane.start();
      return plane;
    });
    await Promise.all(planes.map((plane) => plane.whenConnected()));
    const device = await started({ url, clientId: deviceId });
    const sent = Array.from({ length: 20 }, (_, at) => at);
    for (const at of sent) await device.publish('status', { deviceId }, status('online', at));
    await waitFor(() => heard.flat().length >= 20, { what: 'all were heard' });
    expect(heard.flat().sort((one, other) => one - other)).toEqual(sent);
    expect(heard.every((list) => list.length > 0)).toBe(true);
  });

  it('counts and tells what it refuses, and goes on', async () => {
    const { url } = own(await startMosquitto());
    const plane = newLink({ url, clientId: 'plane' });
    const heard: string[] = [];
    plane.subscribe('status', {}, (_, context) => void heard.push(context.deviceId));
    plane.start();
    await plane.whenConnected();
    const stranger = await connectAsync(url);
    await stranger.publishAsync(topicFor('status', deviceId), 'not json', { qos: 1 });
    await stranger.publishAsync(topicFor('status', deviceId), '{"v":9}', { qos: 1 });
    await stranger.publishAsync('flotilla/v1/NOT-AN-ID/status', '{}', { qos: 1 });
    await stranger.publishAsync(topicFor('status', 'device-2'), JSON.stringify(status('online')), { qos: 1 });
    await stranger.endAsync();
    await waitFor(() => heard.length === 1, { what: 'the good message came' });
    expect(heard).toEqual(['device-2']);
    expect([...plane.refusedMessages]).toEqual([
      ['status', 2],
      ['unknown', 1],
    ]);
    expect(plane.told['message-refused']?.map(({ reason }) => reason)).toEqual([
      'not-json',
      'not-valid',
      'unknown-topic',
    ]);
  });

  it('tells of a handler that throws and hears the next message', async () => {
    const { url } = own(await startMosquitto());
    const plane = newLink({ url, clientId: 'plane' });
    const heard: number[] = [];
    plane.subscribe('status', {}, ({ at }) => {
      if (at === 1) throw new TypeError('database is gone');
      heard.push(at);
    });
    plane.start();
    await plane.whenConnected();
    await plane.publish('status', { deviceId }, status('online', 1));
    await plane.publish('status', { deviceId }, status('online', 2));
    await waitFor(() => heard.length === 1, { what: 'the second message came' });
    expect(plane.told['handler-failed']).toEqual([expect.objectContaining({ channel: 'status', deviceId })]);
  });
});
