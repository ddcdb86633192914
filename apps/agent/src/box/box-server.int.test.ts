import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fakeBox } from '../../test/fake-box.ts';
import { afterEach, expect, it } from 'vitest';
import { startBoxServer, type BoxServer } from './box-server.ts';

let server: BoxServer | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server?.stop({ graceMs: 0 });
});

async function send(url: string, text: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

it('ends a request that comes too slowly, and leaves one alone that may take longer', async () => {
  const { app } = await fakeBox({});
  server = await startBoxServer({
    api: app,
    socketApi: app,
    host: '127.0.0.1',
    port: 0,
    socket: undefined,
    requestTimeoutMs: 50,
    mayTakeLonger: ({ url }) => url?.startsWith('/v1/') === true,
  });
  const body = JSON.stringify({ model: 'assistant', messages: [{ role: 'user', content: 'one two' }] });
  const head = (path: string): string =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n`;
  const patient = await send(server.url, head('/v1/chat/completions') + body.slice(0, 5));
  const slow = await send(server.url, head('/api/chat') + body.slice(0, 5));
  await once(slow, 'close');
  const answered = once(patient, 'data');
  patient.write(body.slice(5));
  expect(String((await answered)[0])).toContain('200 OK');
});
