import { filterFor, topicFor } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';

import type { IncomingPacket } from './connection.ts';
import { Inbox, type HandlerFailed, type MessageRefused } from './inbox.ts';
import { encodeMessage } from './message-codec.ts';

const statusOf = (deviceId: string, at = 1): IncomingPacket => {
  const payload = { v: 1, state: 'online', at } as const;
  return { ...encodeMessage({ channel: 'status', deviceId, payload }), retained: false };
};

function newInbox({ parallel = 64 }: { parallel?: number } = {}) {
  const refused: MessageRefused[] = [];
  const failed: HandlerFailed[] = [];
  const inbox = new Inbox({
    parallel,
    onRefused: (message) => refused.push(message),
    onFailed: (failure) => failed.push(failure),
  });
  return { inbox, refused, failed };
}

describe('Inbox', () => {
  it('hands a message to those who listen to its channel and device', async () => {
    const { inbox } = newInbox();
    const heard: string[] = [];
    const listen = (name: string, deviceId?: string) =>
      inbox.add({
        channel: 'status',
        audience: { deviceId },
        handler: (status, context) => void heard.push(`${name}: ${context.deviceId} ${status.state}`),
      });
    listen('all');
    listen('one', 'device-1');
    inbox.add({ channel: 'reported', audience: {}, handler: () => expect.unreachable() });
    await inbox.accept(statusOf('device-1'));
    await inbox.accept(statusOf('device-2'));
    expect(heard).toEqual(['all: device-1 online', 'one: device-1 online', 'all: device-2 online']);
  });

  it('names each filter once, with the quality of service of its channel', () => {
    const { inbox } = newInbox();
    const handler = () => {};
    inbox.add({ channel: 'status', audience: {}, handler });
    inbox.add({ channel: 'status', audience: {}, handler });
    inbox.add({ channel: 'command', audience: { deviceId: 'device-1' }, handler });
    inbox.add({ channel: 'telemetry', audience: { group: 'planes' }, handler });
    expect([...inbox.filters()]).toEqual([
      [filterFor('status'), 1],
      [topicFor('command', 'device-1'), 1],
      [`$share/planes/${filterFor('telemetry')}`, 1],
    ]);
  });

  it('tells when the last listener of a filter has left', () => {
    const { inbox } = newInbox();
    const add = () => inbox.add({ channel: 'status', audience: {}, handler: () => {} });
    const one = add();
    const other = add();
    expect(one.remove()).toEqual({ filterUnused: false });
    expect(other.remove()).toEqual({ filterUnused: true });
    expect(other.remove()).toEqual({ filterUnused: false });
  });

  it('tells what it refuses and what a handler throws, and goes on', async () => {
    const { inbox, refused, failed } = newInbox();
    const heard: string[] = [];
    inbox.add({
      channel: 'status',
      audience: {},
      handler: (_, { deviceId }) => {
        if (deviceId === 'bad') throw new TypeError('database is gone');
        heard.push(deviceId);
      },
    });
    await inbox.accept({ topic: topicFor('status', 'device-1'), payload: Buffer.from('{'), retained: false });
    await inbox.accept(statusOf('bad'));
    await inbox.accept(statusOf('good'));
    expect(refused).toEqual([expect.objectContaining({ channel: 'status', reason: 'not-json' })]);
    expect(failed).toEqual([expect.objectContaining({ channel: 'status', deviceId: 'bad' })]);
    expect(heard).toEqual(['good']);
  });

  it('passes over an empty message, by which a retained one is taken back', async () => {
    const { inbox, refused } = newInbox();
    inbox.add({ channel: 'desired', audience: {}, handler: () => expect.unreachable() });
    await inbox.accept({ topic: topicFor('desired', 'device-1'), payload: Buffer.alloc(0), retained: true });
    expect(refused).toEqual([]);
  });

  it('takes no more than so many messages at a time, and every one in the end', async () => {
    const { inbox } = newInbox({ parallel: 2 });
    const running: (() => void)[] = [];
    let most = 0;
    let handled = 0;
    inbox.add({
      channel: 'status',
      audience: {},
      handler: async () => {
        await new Promise<void>((resolve) => {
          running.push(resolve);
          most = Math.max(most, running.length);
        });
        handled += 1;
      },
    });
    const reader = (async () => {
      for (let at = 0; at < 10; at += 1) await inbox.accept(statusOf('device-1', at));
    })();
    await expect.poll(() => running.length).toBe(2);
    while (handled < 10) {
      running.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await reader;
    expect(most).toBe(2);
  });
});
