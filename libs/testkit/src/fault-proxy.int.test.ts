import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startTcpFaultProxy, type TcpFaultProxy } from './fault-proxy.ts';
import { waitFor } from './wait-for.ts';

/** A server that sends back what it gets. */
async function startEcho(): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('startTcpFaultProxy', () => {
  let echo: Server;
  let proxy: TcpFaultProxy;
  const clients: Socket[] = [];
  const open = async () => {
    const socket = connect(proxy.port, '127.0.0.1');
    clients.push(socket);
    const client = { socket, got: Buffer.alloc(0), closed: false };
    socket.on('data', (data) => (client.got = Buffer.concat([client.got, data])));
    socket.on('close', () => (client.closed = true));
    socket.on('error', () => {});
    await once(socket, 'connect');
    return client;
  };
  beforeEach(async () => {
    echo = await startEcho();
    proxy = await startTcpFaultProxy({ target: { port: (echo.address() as AddressInfo).port } });
  });
  afterEach(async () => {
    for (const socket of clients.splice(0)) socket.destroy();
    await proxy.stop();
    echo.close();
  });

  it('passes bytes both ways, whole and in order', async () => {
    const client = await open();
    const sent = Buffer.alloc(300_000, 'flotilla');
    client.socket.write(sent);
    await waitFor(() => client.got.length === sent.length, { what: 'all came back' });
    expect(client.got.equals(sent)).toBe(true);
    expect(proxy.bytesToClients).toBe(sent.length);
  });

  it('ends every connection when cut, refuses new ones, and takes them again when restored', async () => {
    const client = await open();
    proxy.cut();
    await waitFor(() => client.closed, { what: 'the connection is closed' });
    const refused = await open();
    await waitFor(() => refused.closed, { what: 'the new connection is closed' });
    proxy.restore();
    const again = await open();
    again.socket.write('hi');
    await waitFor(() => again.got.toString() === 'hi', { what: 'it answers again' });
  });

  it('lets nothing through while frozen and everything after', async () => {
    const frozen = await open();
    frozen.socket.write('before');
    await waitFor(() => frozen.got.length === 6, { what: 'it answers' });
    proxy.freeze();
    frozen.socket.write(' after');
    const before = proxy.bytesToClients;
    await new Promise((resolve) => setImmediate(resolve));
    expect(proxy.bytesToClients).toBe(before);
    expect(frozen.closed).toBe(false);
    proxy.restore();
    await waitFor(() => frozen.got.toString() === 'before after', { what: 'the rest comes' });
  });

  it('drops a connection after the given number of bytes, once', async () => {
    proxy.dropAfter(1000);
    const client = await open();
    client.socket.write(Buffer.alloc(5000));
    await waitFor(() => client.closed, { what: 'the connection is closed' });
    expect(client.got.length).toBe(1000);
    const next = await open();
    next.socket.write(Buffer.alloc(5000));
    await waitFor(() => next.got.length === 5000, { what: 'the next one is whole' });
  });

  it('holds back what its rate does not let through, and loses none of it', async () => {
    const client = await open();
    proxy.slow(1);
    client.socket.write(Buffer.alloc(4000, 7)); // more than an hour at this rate
    await waitFor(() => client.socket.bytesWritten === 4000, { what: 'all is sent' });
    expect(client.got.length).toBe(0);
    proxy.restore();
    await waitFor(() => client.got.length === 4000, { what: 'all came back' });
    expect(client.closed).toBe(false);
  });
});
