import { expect, it } from 'vitest';
import { describeOnEngines } from '../test/engines.ts';
import { createPlane } from '../test/plane.ts';

describeOnEngines('the feed of events', ({ openNew, open, newUrl, engine }) => {
  it('numbers events without gap or double, whoever appends at the same time', async () => {
    const url = await newUrl();
    const stores = [await open(url), engine === 'postgres' ? await open(url) : undefined].filter(
      (s) => s !== undefined,
    );
    await stores[0]?.migrate();
    const feeds = stores.map((store) => createPlane({ store }).events);
    const ids = await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const event = await feeds[i % feeds.length]?.append({ kind: 'device-changed', text: String(i) });
        return event?.id ?? 0;
      }),
    );
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  });

  it('goes on after a known id, and back from one', async () => {
    const { events } = createPlane({ store: await openNew() });
    for (let i = 1; i <= 6; i++) {
      await events.append({ kind: 'device-changed', text: `${i}`, deviceId: i % 2 === 0 ? 'even' : 'odd' });
    }
    const ids = async (request: Parameters<typeof events.list>[0]) =>
      (await events.list(request)).map((e) => e.id);
    expect(await ids({ after: 4, limit: 10 })).toEqual([5, 6]);
    expect(await ids({ before: 5, limit: 2 })).toEqual([4, 3]);
    expect(await ids({ limit: 2 })).toEqual([1, 2]);
    expect(await ids({ deviceId: 'even', limit: 10 })).toEqual([2, 4, 6]);
    await events.append({ kind: 'device-joined', text: '7', deviceId: 'odd' });
    await events.append({ kind: 'model-imported', text: '8' });
    expect(await ids({ kinds: ['device-joined', 'model-imported'], limit: 10 })).toEqual([7, 8]);
    expect(await ids({ kinds: ['device-changed'], before: 8, limit: 2 })).toEqual([6, 5]);
    expect(await ids({ kinds: ['device-changed'], deviceId: 'odd', limit: 9 })).toEqual([1, 3, 5]);
    expect(await ids({ kinds: [], limit: 10 })).toEqual([]);
  });

  it('says from where on it knows, and keeps numbering after it forgot', async () => {
    const { events } = createPlane({ store: await openNew() });
    expect(await events.oldestId()).toBeUndefined();
    for (let i = 0; i < 5; i++) await events.append({ kind: 'device-changed', text: 'x' });
    await events.trim(2);
    expect([await events.oldestId(), await events.newestId()]).toEqual([4, 5]);
    await events.trim(0);
    expect((await events.append({ kind: 'device-changed', text: 'x' })).id).toBe(6);
  });

  it('tells subscribers what was stored, until they stop', async () => {
    const { events, clock } = createPlane({ store: await openNew() });
    const heard: unknown[] = [];
    const stop = events.subscribe((event) => heard.push(event));
    await events.append({ kind: 'device-changed', text: 'one' });
    stop();
    await events.append({ kind: 'device-changed', text: 'two' });
    expect(heard).toEqual([{ id: 1, at: clock.now(), kind: 'device-changed', text: 'one' }]);
  });
});

describeOnEngines("people's access", ({ openNew }) => {
  const HOUR = 3_600_000;

  it('verifies a token and stores none of it', async () => {
    const store = await openNew();
    const { access } = createPlane({ store });
    const { id, token } = await access.create({ name: 'ops', role: 'operator' });
    expect(await access.verify(token)).toEqual({ tokenId: id, name: 'ops', role: 'operator' });
    expect(await access.verify(`${token}x`)).toBeUndefined();
    expect(JSON.stringify(await store.accessStore.listTokens())).not.toContain(token);
    expect(await access.list()).toEqual([expect.objectContaining({ id, name: 'ops', role: 'operator' })]);
    await expect(access.create({ name: 'ops', role: 'viewer' })).rejects.toThrow(
      expect.objectContaining({ code: 'already-exists' }),
    );
  });

  it('ends sessions with their token, their time or a sign-out', async () => {
    const { access, clock } = createPlane({ store: await openNew() });
    const { id } = await access.create({ name: 'ops', role: 'admin' });
    const [one, two] = [await access.createSession(id), await access.createSession(id)];
    expect(await access.verifySession(one.id)).toMatchObject({ name: 'ops', role: 'admin' });
    await access.endSession(one.id);
    expect(await access.verifySession(one.id)).toBeUndefined();
    await clock.advance(12 * HOUR);
    expect(await access.verifySession(two.id)).toBeUndefined();
    const three = await access.createSession(id);
    await access.revoke(id);
    expect(await access.verifySession(three.id)).toBeUndefined();
    await expect(access.createSession(id)).rejects.toThrow(expect.objectContaining({ code: 'not-found' }));
  });

  it('ends a token at its time, and no session of it lives longer', async () => {
    const { access, clock } = createPlane({ store: await openNew() });
    const { id, token } = await access.create({ name: 'guest', role: 'viewer', expiresInMs: HOUR });
    const session = await access.createSession(id);
    expect(session.expiresAt).toBe(clock.now() + HOUR);
    await clock.advance(HOUR);
    expect(await access.verify(token)).toBeUndefined();
    expect(await access.verifySession(session.id)).toBeUndefined();
  });

  it('redeems a sign-in code once, also when two ask at once', async () => {
    const { access, clock } = createPlane({ store: await openNew() });
    const { id } = await access.create({ name: 'ops', role: 'admin' });
    const { code } = await access.createOneTimeCode(id);
    const both = await Promise.all([access.redeemOneTimeCode(code), access.redeemOneTimeCode(code)]);
    const won = both.filter((session) => session !== undefined);
    expect(won).toHaveLength(1);
    expect(await access.verifySession(won[0]?.id ?? '')).toMatchObject({ name: 'ops' });
    const late = await access.createOneTimeCode(id);
    await clock.advance(10 * 60_000);
    expect(await access.redeemOneTimeCode(late.code)).toBeUndefined();
  });

  it('takes no session for a code, nor a code for a session', async () => {
    const { access } = createPlane({ store: await openNew() });
    const { id } = await access.create({ name: 'ops', role: 'admin' });
    const { code } = await access.createOneTimeCode(id);
    expect(await access.verifySession(code)).toBeUndefined();
    const session = await access.createSession(id);
    expect(await access.redeemOneTimeCode(session.id)).toBeUndefined();
    expect(await access.verifySession(session.id)).toBeDefined();
  });
});
