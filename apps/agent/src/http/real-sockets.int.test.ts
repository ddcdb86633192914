import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { createFakeEngines, type FakeEngineOptions } from '@flotilla/agent-serving/testing';
import { afterEach, expect, it } from 'vitest';
import { serveBox, type ServedBox } from '../../test/serve-box.ts';

let box: ServedBox | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await box?.stop();
  box = undefined;
});

async function setUp(options: FakeEngineOptions = {}) {
  const engines = createFakeEngines(options);
  box = await serveBox({
    startEngine: engines.startEngine,
    deployment: {
      id: 'one',
      service: 'assistant',
      variant: 'fake',
      variantDigest: 'ab12',
      defaults: {},
      spec: {
        modelPath: 'x',
        modelDigest: 'x',
        contextTokens: 1_000_000,
        sequences: 2,
        batchTokens: 8,
        threads: 1,
        gpu: 'off',
        kvCacheType: 'f16',
      },
    },
  });
  return { engines, box };
}

const body = (stream: boolean): string =>
  JSON.stringify({ model: 'assistant', stream, messages: [{ role: 'user', content: 'hello' }] });

/** Sends a request over a bare socket, so that the test decides what is read and when the line is cut. */
async function send({ port }: ServedBox, text: string, headers = ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n${headers}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
  return socket;
}

it.each([true, false])('stops generating when the line is cut (stream: %s)', async (stream) => {
  const { engines, box } = await setUp({ startHeld: true });
  const socket = await send(box, body(stream));
  await expect.poll(() => engines.latest().running).toBe(1);
  socket.destroy();
  await expect.poll(() => engines.latest().running).toBe(0);
  await expect.poll(() => box.services.served()[0]?.running).toBe(0);
});

it('answers others while someone who does not read has a long answer waiting', async () => {
  const piece = 'x'.repeat(1_000);
  const { engines, box } = await setUp({
    answer: (request) =>
      request.messages[0]?.content === 'hello' ? Array<string>(8_000).fill(piece) : ['quick'],
  });
  const slow = await send(box, body(true));
  slow.pause();
  await expect.poll(() => engines.latest().running).toBe(1);
  const answer = await fetch(`${box.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'assistant', messages: [{ role: 'user', content: 'hi' }] }),
  });
  expect(await answer.json()).toMatchObject({ choices: [{ message: { content: 'quick' } }] });
  // The engine is done with the slow one long before its client has read it.
  await expect.poll(() => engines.latest().running, { timeout: 20_000 }).toBe(0);
  let received = 0;
  slow.on('data', (bytes: Buffer) => (received += bytes.length));
  slow.resume();
  await expect.poll(() => received, { timeout: 20_000 }).toBeGreaterThan(8_000 * piece.length);
});

it.each([
  ['two lengths', 'Content-Length: 3\r\n'],
  ['a length and chunks', 'Transfer-Encoding: chunked\r\n'],
])('refuses a request that smuggles %s', async (_name, headers) => {
  const { box } = await setUp();
  const socket = await send(box, body(false), headers);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString('latin1')).toMatch(/^HTTP\/1\.1 400 /);
});
