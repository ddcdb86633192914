import { LIMITS, topicFor } from '@flotilla/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decodeMessage, encodeMessage } from './message-codec.ts';

const deviceId = 'device-1';
const status = { v: 1, state: 'online', at: 1_764_000_000_000 } as const;
const decode = (topic: string, text: string) => decodeMessage({ topic, payload: Buffer.from(text) });

describe('encodeMessage', () => {
  it('takes topic, quality of service and retention from the channel', () => {
    const { topic, qos, retain, payload } = encodeMessage({ channel: 'status', deviceId, payload: status });
    expect({ topic, qos, retain }).toEqual({ topic: topicFor('status', deviceId), qos: 1, retain: true });
    expect(JSON.parse(payload.toString('utf8'))).toEqual(status);
  });

  it('writes nothing that the schema does not know', () => {
    const withMore = { ...status, prompt: 'a secret' };
    const { payload } = encodeMessage({ channel: 'status', deviceId, payload: withMore });
    expect(payload.toString('utf8')).not.toContain('secret');
  });

  it('refuses a payload that does not fit, and names the field', () => {
    const wrong = { ...status, at: -1 };
    expect(() => encodeMessage({ channel: 'status', deviceId, payload: wrong })).toThrow(
      expect.objectContaining({ code: 'invalid-input', details: { about: 'status', field: 'at' } }),
    );
  });

  it('refuses what is no device id, and so cannot reach another topic', () => {
    for (const id of ['', '+', '#', 'a/b', 'A', `${deviceId}/status`]) {
      expect(() => encodeMessage({ channel: 'status', deviceId: id, payload: status })).toThrow(
        expect.objectContaining({ code: 'invalid-input' }),
      );
    }
  });

  it('refuses a message above the limit before it is sent', () => {
    const envelope = {
      payloadType: 'application/x',
      payload: Buffer.alloc(LIMITS.mqttMessageBytes).toString('base64'),
      signatures: [{ keyid: 'k', sig: 'AAAA' }],
    };
    expect(() => encodeMessage({ channel: 'desired', deviceId, payload: { v: 1, envelope } })).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
  });
});

describe('decodeMessage', () => {
  it('reads back what was encoded', () => {
    const { topic, payload } = encodeMessage({ channel: 'status', deviceId, payload: status });
    expect(decodeMessage({ topic, payload })).toEqual({
      ok: true,
      channel: 'status',
      deviceId,
      payload: status,
    });
  });

  it('ignores fields of a newer peer', () => {
    const text = JSON.stringify({ ...status, mood: 'good' });
    expect(decode(topicFor('status', deviceId), text)).toMatchObject({ ok: true, payload: status });
  });

  it.each([
    ['flotilla/v1/device-1/nothing', '{}', 'unknown-topic', undefined],
    ['other/topic', '{}', 'unknown-topic', undefined],
    [topicFor('status', deviceId), '{"v":1', 'not-json', 'status'],
    [topicFor('status', deviceId), '[]', 'not-valid', 'status'],
    [topicFor('status', deviceId), '{"v":2,"state":"online","at":1}', 'not-valid', 'status'],
    [topicFor('status', deviceId), ' '.repeat(LIMITS.mqttMessageBytes + 1), 'too-large', 'status'],
  ])('refuses a message on %s with a reason', (topic, text, reason, channel) => {
    expect(decode(topic, text)).toMatchObject({ ok: false, reason, channel });
  });

  it('never throws, whatever comes on whatever topic', () => {
    const topic = fc.oneof(
      fc.string(),
      fc.constantFrom(topicFor('status', deviceId), topicFor('command', deviceId)),
    );
    const body = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => new TextEncoder().encode(text)),
    );
    fc.assert(
      fc.property(topic, body, (name, bytes) => {
        expect(decodeMessage({ topic: name, payload: Buffer.from(bytes) })).toHaveProperty('ok');
      }),
    );
  });
});
