import { describe, expect, it } from 'vitest';
import { fakeBox, LOOPBACK, NETWORK } from '../../test/fake-box.ts';
import { hashApiKey, type BoxAccess, type StoredApiKey } from './index.ts';

const HELLO = { model: 'assistant', messages: [{ role: 'user', content: 'hello there' }] };
const bearer = (key: string) => ({ authorization: `Bearer ${key}`, host: 'box-7.shop.lan' });

/** A box on a network with one key `sk-app`, at a time that the test sets. */
async function boxWith(key: Partial<StoredApiKey>, changes: Partial<BoxAccess> = {}) {
  const time = { now: 1_000_000 };
  const keys = [{ id: 'app', sha256: hashApiKey('sk-app'), ...key }];
  const box = await fakeBox({ access: { ...NETWORK, keys, now: () => time.now, ...changes } });
  return { ...box, time, ask: (headers = bearer('sk-app')) => box.post(HELLO, headers) };
}

describe('an API key', () => {
  it('is good until it expires', async () => {
    const { ask, time } = await boxWith({ expiresAt: 1_000_500 });
    expect((await ask()).status).toBe(200);
    time.now = 1_000_500;
    const late = await ask();
    expect(late.status).toBe(401);
    expect(await late.text()).toContain('expired');
  });

  it('has a bound of requests a minute, which fills again evenly', async () => {
    const { ask, time } = await boxWith({ requestsPerMinute: 2 });
    const drained = async () => (await ask().then(async (answer) => (await answer.text(), answer))).status;
    expect([await drained(), await drained()]).toEqual([200, 200]);
    const over = await ask();
    expect([over.status, over.headers.get('retry-after')]).toEqual([429, '30']);
    time.now += 30_000;
    expect([await drained(), await drained()]).toEqual([200, 429]);
  });

  it('has a bound of requests at once; a stream counts until its last piece, or until its reader leaves', async () => {
    const { post, ask, engines } = await boxWith({ parallel: 1 });
    engines.latest().hold();
    const stream = post({ ...HELLO, stream: true }, bearer('sk-app'));
    await expect.poll(() => engines.latest().running).toBe(1);
    expect((await ask()).status).toBe(429);
    engines.latest().resume();
    await (await stream).body?.cancel();
    expect((await ask()).status).toBe(200);
  });

  it('over its bound at once is told to come back after the time that its requests take', async () => {
    const { ask, engines, time } = await boxWith({ parallel: 1 });
    const afterHolding = async (ms: number) => {
      engines.latest().hold();
      const held = ask();
      await expect.poll(() => engines.latest().running).toBe(1);
      time.now += ms;
      const { status, headers } = await ask();
      engines.latest().resume();
      await (await held).text();
      return [status, headers.get('retry-after'), headers.get('x-queue-position')];
    };
    expect(await afterHolding(40_000)).toEqual([429, '40', '1']);
    expect(await afterHolding(1_000)).toEqual([429, '40', '1']);
  });

  it('goes before keys of a lower priority, in the queue and in the engine', async () => {
    const keys = [
      { id: 'report', sha256: hashApiKey('sk-report') },
      { id: 'till', sha256: hashApiKey('sk-till'), priority: 10 },
    ];
    const seen: unknown[] = [];
    const answer = ({ priority }: { priority?: number }) => (seen.push(priority), ['x']);
    const { post, engines, services } = await fakeBox({ access: { ...NETWORK, keys }, answer });
    engines.latest().hold();
    const first = post(HELLO, bearer('sk-report'));
    await expect.poll(() => engines.latest().running).toBe(1);
    const later = post(HELLO, bearer('sk-report'));
    await expect.poll(() => services.served()[0]?.queued).toBe(1);
    const urgent = post(HELLO, bearer('sk-till'));
    await expect.poll(() => services.served()[0]?.queued).toBe(2);
    engines.latest().resume();
    expect((await urgent).headers.get('x-queue-position')).toBe('1');
    await Promise.all([first, later]);
    expect(seen).toEqual([0, 10, 0]);
  });

  it('does not count for another one', async () => {
    const keys = ['app', 'other'].map((id) => ({ id, sha256: hashApiKey(`sk-${id}`), requestsPerMinute: 1 }));
    const { ask } = await boxWith({}, { keys });
    expect((await ask()).status).toBe(200);
    expect((await ask()).status).toBe(429);
    expect((await ask(bearer('sk-other'))).status).toBe(200);
  });

  it('that is made or revoked while the box runs is followed', async () => {
    let keys: StoredApiKey[] = [];
    const { ask } = await boxWith({}, { currentKeys: async () => keys });
    expect((await ask()).status).toBe(401);
    keys = [{ id: 'app', sha256: hashApiKey('sk-app') }];
    expect((await ask()).status).toBe(200);
  });

  it('is not needed on loopback, and holds its app to its bounds all the same', async () => {
    const keys = [{ id: 'app', sha256: hashApiKey('sk-app'), requestsPerMinute: 1 }];
    const { post } = await fakeBox({ access: { ...LOOPBACK, keys } });
    const local = (key: string) => post(HELLO, { host: 'localhost', authorization: `Bearer ${key}` });
    expect((await local('sk-app')).status).toBe(200);
    expect((await local('sk-app')).status).toBe(429);
    expect((await local('anything')).status).toBe(200);
  });
});

describe('a web page of another origin', () => {
  const origin = 'https://app.shop.example';
  const access: BoxAccess = { ...LOOPBACK, origins: [origin] };

  it('may call where its origin is allowed, and reads refusals too', async () => {
    const { post } = await fakeBox({ access });
    for (const [body, status] of [
      [HELLO, 200],
      [{ ...HELLO, model: 'gpt' }, 404],
    ] as const) {
      const answer = await post(body, { host: 'localhost', origin });
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([status, origin]);
      expect(answer.headers.get('access-control-expose-headers')).toContain('x-queue-position');
      expect(answer.headers.get('access-control-expose-headers')).toContain(' request-id');
      expect(answer.headers.get('vary')).toBe('Origin');
    }
  });

  it('is answered when it asks first, without a key even where one is needed', async () => {
    const { app } = await fakeBox({ access: { ...NETWORK, origins: [origin] } });
    const answer = await app.request('/v1/chat/completions', {
      method: 'OPTIONS',
      headers: {
        host: 'box-7.shop.lan',
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, content-type, x-stainless-lang',
      },
    });
    expect([answer.status, answer.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'authorization, content-type, x-stainless-lang',
    ]);
  });

  it('still needs a key where one is needed', async () => {
    const { post } = await fakeBox({ access: { ...NETWORK, origins: [origin] } });
    expect((await post(HELLO, { host: 'box-7.shop.lan', origin })).status).toBe(401);
  });

  it.each([
    'https://evil.example',
    'https://app.shop.example.evil.example',
    'null',
    'http://app.shop.example',
  ])('is refused as %s, asking first or not', async (other) => {
    const { app, post } = await fakeBox({ access });
    const refused = await post(HELLO, { host: 'localhost', origin: other });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    const asked = await app.request('/v1/chat/completions', {
      method: 'OPTIONS',
      headers: { host: 'localhost', origin: other, 'access-control-request-method': 'POST' },
    });
    expect(asked.status).toBe(403);
  });

  it('is told nothing where no origin is allowed', async () => {
    const { post } = await fakeBox();
    const answer = await post(HELLO, { host: 'localhost', origin: 'http://localhost:3000' });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, null]);
  });
});
