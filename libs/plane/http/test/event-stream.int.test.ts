import { describe, expect, it } from 'vitest';
import { realPlane, type RealPlane } from './real-plane.ts';

interface Block {
  id?: string;
  event?: string;
  comment?: string;
}

/** Reads blocks of a stream one by one. */
async function open(plane: RealPlane, headers: Record<string, string> = {}) {
  const answer = await plane.app.request('/v1/events/stream', plane.as('viewer', { headers }));
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const reader = (answer.body ?? new ReadableStream<Uint8Array>()).getReader();
  let text = '';
  return {
    reader,
    async next(): Promise<Block | undefined> {
      while (!text.includes('\n\n')) {
        const { value, done } = await reader.read();
        if (done) return undefined;
        text += new TextDecoder().decode(value);
      }
      const [block = '', ...rest] = text.split('\n\n');
      text = rest.join('\n\n');
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      const [id, event, comment] = [field('id'), field('event'), field('')];
      return {
        ...(id === undefined ? {} : { id }),
        ...(event === undefined ? {} : { event }),
        ...(comment === undefined ? {} : { comment }),
      };
    },
  };
}

const happen = (plane: RealPlane, count: number) =>
  Array.from({ length: count }).reduce<Promise<unknown>>(
    (before, _, index) =>
      before.then(() => plane.deps.events.append({ kind: 'device-changed', text: `${index}` })),
    Promise.resolve(),
  );

describe('the event stream', () => {
  it('begins with the newest id, then tells what happens, in order and without gaps', async () => {
    const plane = await realPlane();
    await happen(plane, 3);
    const stream = await open(plane);
    expect(await stream.next()).toEqual({ id: '3', event: 'ready' });
    await happen(plane, 250);
    for (let id = 4; id <= 253; id += 1)
      expect(await stream.next()).toEqual({ id: `${id}`, event: 'device-changed' });
    await plane.close();
  });

  it('goes on after the id that the client names, with nothing lost or told twice', async () => {
    const plane = await realPlane();
    await happen(plane, 5);
    const stream = await open(plane, { 'last-event-id': '2' });
    expect(await stream.next()).toEqual({ id: '2', event: 'ready' });
    await happen(plane, 1);
    for (const id of ['3', '4', '5', '6'])
      expect(await stream.next()).toEqual({ id, event: 'device-changed' });
    await plane.close();
  });

  it('says reload when the id is no longer held, or was never reached', async () => {
    const plane = await realPlane();
    await happen(plane, 10);
    await plane.deps.events.trim(3);
    for (const id of ['2', '99']) {
      const stream = await open(plane, { 'last-event-id': id });
      expect(await stream.next()).toEqual({ id: '10', event: 'reload' });
      await stream.reader.cancel();
    }
    const held = await open(plane, { 'last-event-id': '7' });
    expect(await held.next()).toEqual({ id: '7', event: 'ready' });
    expect(await held.next()).toEqual({ id: '8', event: 'device-changed' });
    await plane.close();
  });

  it('keeps a quiet line alive, and ends when the server stops', async () => {
    const plane = await realPlane();
    const stream = await open(plane);
    await stream.next();
    const beat = stream.next();
    await plane.clock.advance(15_000);
    expect(await beat).toEqual({ comment: 'heartbeat' });
    const end = stream.next();
    plane.stopping.abort();
    expect(await end).toBeUndefined();
    await plane.close();
  });

  it('does not outlive the token that opened it', async () => {
    const plane = await realPlane();
    const stream = await open(plane);
    await stream.next();
    const viewer = (await plane.deps.accessTokens.list()).find(({ name }) => name === 'viewer');
    await plane.deps.accessTokens.revoke(viewer?.id ?? '');
    const beat = stream.next();
    await plane.clock.advance(15_000);
    expect(await beat).toEqual({ comment: 'heartbeat' });
    expect(await stream.next()).toBeUndefined();
    await plane.close();
  });

  it('leaves nothing behind when the client goes', async () => {
    const plane = await realPlane();
    const stream = await open(plane);
    await stream.next();
    await stream.reader.cancel();
    await plane.clock.advance(0);
    expect(plane.clock.waiting).toBe(0);
    await plane.close();
  });
});
