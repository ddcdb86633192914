import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { createFakeEngines } from '@flotilla/agent-serving/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serveBox, type ServedBox } from '../../test/serve-box.ts';

const CONNECTIONS = 1_000;

let box: ServedBox;
const sockets: Socket[] = [];

beforeAll(async () => {
  box = await serveBox({
    startEngine: createFakeEngines().startEngine,
    queueLimit: CONNECTIONS,
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
        sequences: 4,
        batchTokens: 8,
        threads: 1,
        gpu: 'off',
        kvCacheType: 'f16',
      },
    },
  });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => box.stop());

async function open(): Promise<Socket> {
  const socket = connect(box.port, '127.0.0.1');
  sockets.push(socket);
  // A refused request may be cut while the test still writes.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** What the box says until it closes the connection. */
function answerOn(socket: Socket): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = '';
  socket.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
  socket.on('close', () => resolve(text));
  return promise;
}

const PATH = 'POST /v1/chat/completions HTTP/1.1\r\n';
const chat = (content: string): string =>
  JSON.stringify({ model: 'assistant', messages: [{ role: 'user', content }] });

async function send(head: string, body: Uint8Array | string = ''): Promise<string> {
  const socket = await open();
  const answer = answerOn(socket);
  socket.write(`${head}\r\n`);
  socket.write(body);
  return answer;
}
const request = (body: Uint8Array | string, headers = ''): Promise<string> =>
  send(
    `${PATH}Host: localhost\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}`,
    body,
  );

/** The box is as it was: someone else is answered. */
async function expectAlive(): Promise<void> {
  const response = await fetch(`${box.url}/v1/chat/completions`, { method: 'POST', body: chat('alive') });
  expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'alive' } }] });
}

describe('a body', () => {
  it.each([
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    [
      'an overlong character',
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
    ],
    [
      'a surrogate of three bytes',
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
    ],
    ['JSON that is cut', '{"model":"assistant","messages":['],
    ['two values', '{}{}'],
    ['nothing', ''],
    ['a bare word', 'NaN'],
    ['brackets without end', '['.repeat(100_000)],
    ['JSON as deep as it is long', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
    ['a body that is no object', '[1,2]'],
    ['half a character as text', '{"model":"assistant","messages":[{"role":"user","content":"\\ud800"}]}'],
    ['a prototype', '{"__proto__":{"model":"assistant"},"messages":[]}'],
  ])('of %s is refused with 400, and nothing of it is repeated', async (_name, body) => {
    const answer = await request(body);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"type":"invalid_request_error"');
    expect(answer).not.toContain('[[[[');
    await expectAlive();
  });

  it('over the limit is refused before it has been read, whether it says its length or not', async () => {
    const length = 1024 ** 3;
    const said = await send(
      `${PATH}Host: localhost\r\nConnection: close\r\nContent-Length: ${length}\r\n`,
      '{',
    );
    expect(said).toMatch(/^HTTP\/1\.1 413 /);
    const socket = await open();
    const answer = answerOn(socket);
    socket.write(`${PATH}Host: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const piece = `100000\r\n${' '.repeat(0x10_00_00)}\r\n`;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    for (let sent = 0; sent < 64 && socket.writable; sent += 1)
      if (!socket.write(piece))
        await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
    socket.end();
    // The kernel may throw the refusal away with the connection that the box cut.
    expect(await answer).toMatch(/^(?:HTTP\/1\.1 413 |$)/);
    await expectAlive();
  });
});

describe('a head', () => {
  it.each([
    ['a length twice', `Content-Length: 4\r\nContent-Length: 40\r\n`],
    ['a length that is a list', `Content-Length: 4, 40\r\n`],
    ['a length with a sign', `Content-Length: +4\r\n`],
    ['a length and chunks', `Content-Length: 4\r\nTransfer-Encoding: chunked\r\n`],
    ['an unknown encoding', `Transfer-Encoding: chunked, identity\r\n`],
    ['chunks written oddly', `Transfer-Encoding : chunked\r\n`],
    ['a folded line', `X-A: 1\r\n Content-Length: 4\r\n`],
    ['a line that ends with a bare return', `X-A: 1\rContent-Length: 4\r\n`],
    ['a control character', `X-A: a\u0000b\r\n`],
    ['a space in a name', `X A: 1\r\n`],
    ['too much of it', `X-A: ${'a'.repeat(100_000)}\r\n`],
    ['no host', '', false],
    ['two hosts', 'Host: evil.example\r\n'],
    ['another host', 'Host: evil.example\r\n', false],
  ])('with %s is not taken for a good request', async (_name, headers, host = true) => {
    const head = `${PATH}${host ? 'Host: localhost\r\n' : ''}Connection: close\r\n${headers}`;
    // What follows would be a request of its own to whoever reads the head in another way.
    const answer = await send(head, `0\r\n\r\nGET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    expect(answer).toMatch(/^(?:HTTP\/1\.1 4\d\d |$)/);
    expect(answer).not.toContain('HTTP/1.1 200');
    await expectAlive();
  });
});

it('answers a thousand connections at once', { timeout: 120_000 }, async () => {
  const open = Array.from({ length: CONNECTIONS }, async (_, index) => request(chat(`number ${index}`)));
  const answers = await Promise.all(open);
  for (const [index, answer] of answers.entries()) expect(answer).toContain(`"content":"number ${index}"`);
  await expectAlive();
});

it('has every connection of a client that went away back', { timeout: 120_000 }, async () => {
  const body = chat('hello');
  for (let round = 0; round < 100; round += 1) {
    const socket = await open();
    socket.write(`${PATH}Host: localhost\r\nContent-Length: ${body.length + 10}\r\n\r\n${body}`);
    socket.destroy();
  }
  await expectAlive();
  await expect.poll(() => box.services.served()[0]?.running).toBe(0);
});
