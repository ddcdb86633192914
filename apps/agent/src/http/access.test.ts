import { describe, expect, it } from 'vitest';
import { LOOPBACK, NETWORK, fakeBox } from '../../test/fake-box.ts';
import type { BoxAccess } from './access.ts';
import { hashApiKey } from './api-keys.ts';

describe('access', () => {
  const statusOf = async (
    access: BoxAccess,
    headers: Record<string, string>,
    path = '/v1/models',
  ): Promise<number> => {
    const { app } = await fakeBox({ access });
    return (await app.request(path, { headers })).status;
  };

  it.each([
    ['localhost:7080', 200],
    ['127.0.0.1', 200],
    ['[::1]:7080', 200],
    ['LOCALHOST', 200],
    ['evil.example', 403],
    ['localhost.evil.example', 403],
    ['127.0.0.1.evil.example', 403],
    ['192.168.1.7', 403],
    ['localhost@evil.example', 403],
    ['', 403],
  ])('on a loopback bind, Host %j gives %i', async (host, status) => {
    expect(await statusOf(LOOPBACK, { host })).toBe(status);
  });

  it.each(['box', 'docker', 'box-7.shop.lan', '192.168.1.7', ''])(
    'on a socket, Host %j is fine, and a page of another origin is not',
    async (host) => {
      const socket: BoxAccess = { ...LOOPBACK, bind: 'socket' };
      expect(await statusOf(socket, { host })).toBe(200);
      expect(await statusOf(socket, { host, origin: 'http://evil.example' })).toBe(403);
      expect(await statusOf(socket, { host, origin: 'http://localhost:3000' })).toBe(200);
    },
  );

  it.each([
    ['http://localhost:3000', 200],
    ['https://127.0.0.1', 200],
    ['http://evil.example', 403],
    ['null', 403],
    ['file://', 403],
  ])('Origin %j gives %i', async (origin, status) => {
    expect(await statusOf(LOOPBACK, { host: 'localhost', origin })).toBe(status);
  });

  it.each([
    ['box-7.shop.lan:7080', 200],
    ['192.168.1.7:7080', 200],
    ['other.shop.lan', 403],
  ])('on a network bind, Host %j gives %i', async (host, status) => {
    expect(await statusOf(NETWORK, { host, authorization: 'Bearer sk-till' })).toBe(status);
  });

  it.each([
    ['a key as bearer', { authorization: 'Bearer sk-till' }, 200],
    ['a key in its own header', { 'x-api-key': 'sk-till' }, 200],
    ['a wrong key', { authorization: 'Bearer sk-other' }, 401],
    ['the hash of a key', { 'x-api-key': hashApiKey('sk-till') }, 401],
    ['no key', {}, 401],
  ])('on a network bind, %s gives the status it must', async (_name, headers, status) => {
    expect(await statusOf(NETWORK, { host: '192.168.1.7', ...headers })).toBe(status);
  });

  it('asks nobody for a key to see whether the box is alive', async () => {
    expect(await statusOf(NETWORK, { host: '192.168.1.7' }, '/healthz')).toBe(200);
  });

  it('does not exist on a network without a key', async () => {
    await expect(fakeBox({ access: { ...NETWORK, keys: [] } })).rejects.toMatchObject({
      code: 'invalid-config',
    });
  });
});
