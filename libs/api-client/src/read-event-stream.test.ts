import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEventStream } from './read-event-stream.ts';

const event = (id: number, kind = 'device-joined') => ({ id, at: 1, kind, text: 'a box joined: “α” joined' });
const block = (id: number, kind?: string) =>
  `id: ${id}\nevent: ${kind ?? 'device-joined'}\ndata: ${JSON.stringify(event(id, kind))}\n\n`;

async function read(chunks: Uint8Array[]) {
  const found: unknown[] = [];
  for await (const item of readEventStream(ReadableStream.from(chunks))) found.push(item);
  return found;
}

describe('an event stream', () => {
  it('is read alike however it is cut, also inside a character', async () => {
    const bytes = new TextEncoder().encode(
      `retry: 2000\nid: 0\nevent: ready\ndata: {}\n\n${block(1)}: heartbeat\n\n${block(2)}`,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: bytes.length }), { maxLength: 8 }),
        async (cuts) => {
          const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
          const chunks = edges.slice(1).map((end, index) => bytes.slice(edges[index], end));
          expect(await read(chunks)).toEqual([event(1), event(2)]);
        },
      ),
    );
  });

  it('says reload, leaves out kinds of a newer server, and ends with the stream', async () => {
    const text = `id: 9\nevent: reload\ndata: {}\n\n${block(10, 'from-the-future')}${block(11)}id: 12\nevent: cut`;
    expect(await read([new TextEncoder().encode(text)])).toEqual(['reload', event(11)]);
  });
});
