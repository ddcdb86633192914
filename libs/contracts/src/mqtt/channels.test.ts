import { describe, expect, it } from 'vitest';
import { FlotillaError } from '../errors.ts';
import {
  CHANNELS,
  type ChannelName,
  filterFor,
  mayPublish,
  maySubscribe,
  parseTopic,
  topicFor,
} from './channels.ts';

const ME = '0192f0c1-0000-7000-8000-000000000001';
const OTHER = '0192f0c1-0000-7000-8000-000000000002';
const device = { kind: 'device', deviceId: ME } as const;
const plane = { kind: 'plane' } as const;
const names = Object.keys(CHANNELS) as ChannelName[];

describe('topics', () => {
  it.each(names)('of %s are built and parsed by one pair of functions', (channel) => {
    expect(parseTopic(topicFor(channel, ME))).toEqual({ channel, deviceId: ME });
  });

  it.each(['a/b', 'UPPER', '+', '#', '', 'x'.repeat(64)])('refuse `%s` as a device id', (id) => {
    expect(() => topicFor('status', id)).toThrow(FlotillaError);
  });

  it.each([
    'flotilla/v1/x',
    'flotilla/v2/x/status',
    'flotilla/v1/x/nothing',
    'flotilla/v1/x/status/y',
    'flotilla/v1/+/status',
    'flotilla/v1/x/constructor',
  ])('do not parse `%s`', (topic) => {
    expect(parseTopic(topic)).toBeUndefined();
  });
});

describe('who may speak and hear', () => {
  it.each(names)('a device on %s', (channel) => {
    const up = CHANNELS[channel].direction === 'up';
    expect(mayPublish(device, topicFor(channel, ME))).toBe(up);
    expect(mayPublish(device, topicFor(channel, OTHER))).toBe(false);
    expect(maySubscribe(device, topicFor(channel, ME))).toBe(!up);
    expect(maySubscribe(device, topicFor(channel, OTHER))).toBe(false);
    expect(maySubscribe(device, filterFor(channel))).toBe(false);
  });

  it.each(names)('the control plane on %s', (channel) => {
    const up = CHANNELS[channel].direction === 'up';
    expect(mayPublish(plane, topicFor(channel, ME))).toBe(!up);
    expect(maySubscribe(plane, filterFor(channel))).toBe(up);
    expect(maySubscribe(plane, `$share/group/${filterFor(channel)}`)).toBe(up);
  });

  it.each(['#', 'flotilla/#', 'flotilla/v1/#', `flotilla/v1/${ME}/#`, `flotilla/v1/${ME}/+`, '$SYS/#'])(
    'nobody on %s',
    (filter) => {
      expect(maySubscribe(device, filter)).toBe(false);
      expect(maySubscribe(plane, filter)).toBe(false);
    },
  );
});
