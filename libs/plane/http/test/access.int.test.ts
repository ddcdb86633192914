import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ACCESS } from '../src/access-table.ts';
import { openApiDocument } from '../src/index.ts';
import { realPlane, send, type RealPlane } from './real-plane.ts';

let plane: RealPlane;
beforeAll(async () => {
  plane = await realPlane({ allowedHosts: ['plane', 'plane.example'] });
});
afterAll(() => plane.close());

const filled = (path: string) =>
  path.replace('{action}', 'pause').replaceAll(/\{[a-zA-Z]+\}/g, '019b0000-0000-7000-8000-000000000000');

describe('who may call what', () => {
  it('is said for every route, and for nothing else', () => {
    const { paths } = openApiDocument({ app: plane.app, version: '0' });
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    // These two describe the document and stand outside it.
    const outside = ['GET /openapi.json', 'GET /reference'];
    expect(described.toSorted()).toEqual(
      Object.keys(ACCESS)
        .filter((key) => !outside.includes(key))
        .toSorted(),
    );
  });

  it.each(Object.entries(ACCESS))('%s needs %s', async (route, access) => {
    const [method = '', path = ''] = route.split(' ');
    const init = method === 'GET' ? {} : { method };
    const anonymous = await plane.app.request(filled(path), init);
    if (access === 'anyone') {
      expect(anonymous.status).not.toBe(403);
      return;
    }
    expect(anonymous.status).toBe(401);
    const roles = ['viewer', 'operator', 'admin'] as const;
    for (const role of roles.slice(0, roles.indexOf(access))) {
      expect((await plane.app.request(filled(path), plane.as(role, init))).status).toBe(403);
    }
    if (path.endsWith('/stream')) return; // it would not end
    const allowed = await plane.app.request(filled(path), plane.as(access, init));
    expect([401, 403]).not.toContain(allowed.status);
  });

  it('is nobody for a path that is no route', async () => {
    expect((await plane.app.request('/v1/secrets', plane.as('admin'))).status).toBe(404);
    expect((await plane.app.request('/v1/devices', plane.as('admin', { method: 'DELETE' }))).status).toBe(
      405,
    );
  });
});

describe('a session', () => {
  async function signIn(role: 'viewer' | 'operator' | 'admin' = 'operator') {
    const answer = await plane.app.request('/v1/session', send('POST', { token: plane.tokens[role] }));
    const cookie = answer.headers.get('set-cookie') ?? '';
    return { answer, cookie, pair: cookie.split(';')[0] ?? '' };
  }

  it('comes for a token, in a cookie that scripts and other sites do not get', async () => {
    const { answer, cookie } = await signIn();
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ name: 'operator', role: 'operator' });
    expect(cookie).toMatch(/^flotilla_session=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(plane.tokens.operator);
  });

  it('is Secure when browsers come over HTTPS', async () => {
    const secure = await realPlane({ secureCookies: true });
    const answer = await secure.app.request('/v1/session', send('POST', { token: secure.tokens.viewer }));
    expect(answer.headers.get('set-cookie')).toContain('; Secure');
    await secure.close();
  });

  it('reads without an Origin, and changes only with our own', async () => {
    const { pair } = await signIn();
    const change = (origin?: string) =>
      plane.app.request('http://plane.example/v1/plans', {
        ...send('POST', { release: 'nothing@1', selector: '*' }),
        headers: {
          cookie: pair,
          host: 'plane.example',
          'content-type': 'application/json',
          ...(origin === undefined ? {} : { origin }),
        },
      });
    expect((await plane.app.request('/v1/session', { headers: { cookie: pair } })).status).toBe(200);
    for (const foreign of [undefined, 'null', 'https://evil.example', 'http://plane.example.evil.example']) {
      const refused = await change(foreign);
      expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'host-not-allowed' }]);
    }
    // It gets through to the handler, which knows no such release.
    expect((await change('https://plane.example')).status).toBe(404);
  });

  it('ends when it is told to, and the cookie is taken back', async () => {
    const { pair } = await signIn();
    const headers = { cookie: pair, host: 'plane', origin: 'http://plane' };
    const ended = await plane.app.request('http://plane/v1/session', { method: 'DELETE', headers });
    expect([ended.status, ended.headers.get('set-cookie')]).toMatchObject([
      204,
      expect.stringContaining('Max-Age=0'),
    ]);
    expect((await plane.app.request('/v1/session', { headers: { cookie: pair } })).status).toBe(401);
  });

  it('comes from a link, once', async () => {
    const made = await plane.app.request('/v1/sign-in-links', plane.as('viewer', { method: 'POST' }));
    const { path } = (await made.json()) as { path: string };
    const followed = await plane.app.request(path);
    expect([followed.status, followed.headers.get('location')]).toEqual([303, '/']);
    const cookie = followed.headers.get('set-cookie')?.split(';')[0] ?? '';
    const who = await plane.app.request('/v1/session', { headers: { cookie } });
    expect(await who.json()).toMatchObject({ name: 'viewer', role: 'viewer' });
    expect((await plane.app.request(path)).status).toBe(401);
  });

  it('says until when it lasts, however it was asked for', async () => {
    const { answer, pair } = await signIn();
    const { expiresAt } = (await answer.json()) as { expiresAt: number };
    expect(expiresAt).toBeGreaterThan(plane.clock.now());
    const who = await plane.app.request('/v1/session', { headers: { cookie: pair } });
    expect(await who.json()).toEqual({ name: 'operator', role: 'operator', expiresAt });
    const byToken = await plane.app.request('/v1/session', plane.as('operator'));
    expect(await byToken.json()).toEqual({ name: 'operator', role: 'operator' });
  });

  it('comes for a link that was used from the sign-in page, where a browser follows it', async () => {
    const made = await plane.app.request('/v1/sign-in-links', plane.as('viewer', { method: 'POST' }));
    const { path } = (await made.json()) as { path: string };
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    const follow = () => plane.app.request(path, { headers: { accept } });
    expect((await follow()).headers.get('location')).toBe('/');
    const again = await follow();
    expect([again.status, again.headers.get('location'), again.headers.get('set-cookie')]).toEqual([
      303,
      '/sign-in?link=spent',
      null,
    ]);
  });
});

describe('wrong tokens', () => {
  let own: RealPlane;
  beforeEach(async () => {
    own = await realPlane();
  });
  afterEach(() => own.close());

  const signIn = (token: string) => own.app.request('/v1/session', send('POST', { token }));
  const read = (token: string) =>
    own.app.request('/v1/devices', { headers: { authorization: `Bearer ${token}` } });
  const follow = (code: string) => own.app.request(`/sign-in/${code}`);

  it.each([
    ['signing in', signIn],
    ['with other requests', read],
    ['in links', follow],
  ])('are limited to ten a minute when they come %s', async (_way, attempt) => {
    for (let tries = 0; tries < 10; tries += 1) expect((await attempt('wrong')).status).toBe(401);
    const refused = await attempt('wrong');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
    await own.clock.advance(60_000);
    expect((await attempt('wrong')).status).toBe(401);
  });

  it('are counted together, whichever way they come', async () => {
    for (let tries = 0; tries < 4; tries += 1) {
      await signIn('wrong');
      await read('wrong');
      await follow('wrong');
    }
    expect((await read('wrong')).status).toBe(429);
    const metrics = await own.app.request('/metrics', own.as('viewer'));
    const text = await metrics.text();
    for (const count of ['{by="sign-in"} 4', '{by="bearer"} 5', '{by="link"} 4']) {
      expect(text).toContain(`flotilla_plane_sign_in_failures_total${count}`);
    }
  });

  it('never keep a right one out that comes from the same address', async () => {
    for (let tries = 0; tries < 50; tries += 1) await signIn('wrong');
    expect((await signIn('wrong')).status).toBe(429);
    expect((await signIn(own.tokens.admin)).status).toBe(200);
    expect((await read(own.tokens.viewer)).status).toBe(200);
    const made = await own.app.request('/v1/sign-in-links', own.as('viewer', { method: 'POST' }));
    const { path } = (await made.json()) as { path: string };
    expect((await own.app.request(path)).status).toBe(303);
  });

  it('are not what an ended session sends: its browser learns that it is signed out', async () => {
    const headers = { cookie: 'flotilla_session=ended-long-ago' };
    for (let asks = 0; asks < 20; asks += 1) {
      expect((await own.app.request('/v1/devices', { headers })).status).toBe(401);
    }
  });
});
