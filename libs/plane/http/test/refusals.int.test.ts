import { HttpProblem, LIMITS } from '@flotilla/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realPlane, send, type RealPlane } from './real-plane.ts';

let plane: RealPlane;
beforeAll(async () => {
  plane = await realPlane();
});
afterAll(() => plane.close());

async function refusal(path: string, init: RequestInit = {}) {
  const answer = await plane.app.request(path, plane.as('admin', init));
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const problem = HttpProblem.parse(await answer.json());
  expect(problem.status).toBe(answer.status);
  expect(answer.headers.get('x-request-id')).toBe(problem.requestId);
  return problem;
}

describe('a refusal', () => {
  it('names every field of a body that is wrong, and what to do', async () => {
    const problem = await refusal(
      '/v1/join-tokens',
      send('POST', { maxUses: 0, expiresInMs: 'soon', labels: { A: 'b' }, more: 1 }),
    );
    expect(problem).toMatchObject({ status: 400, code: 'invalid-input', fix: 'Correct `maxUses`.' });
    expect(problem.errors?.map(({ field }) => field)).toEqual(['maxUses', 'expiresInMs', 'labels.A', 'more']);
    expect(problem.errors?.at(-1)?.message).toBe('there is no such field: remove it');
  });

  it('names a wrong part of the query', async () => {
    expect(await refusal('/v1/devices?limit=9999')).toMatchObject({
      status: 400,
      errors: [{ field: 'limit' }],
    });
    expect(await refusal('/v1/devices?selector=site')).toMatchObject({
      status: 400,
      errors: [{ field: 'selector' }],
    });
  });

  it('names a word of the query that no route knows', async () => {
    for (const path of ['/v1/devices?selectr=site', '/v1/cost?since=0', '/v1/events?kinds=x']) {
      expect(await refusal(path)).toMatchObject({
        status: 400,
        errors: [{ message: 'there is no such field: remove it' }],
      });
    }
  });

  it('says which methods an address knows', async () => {
    const answer = await plane.app.request('/v1/devices/x', plane.as('admin', { method: 'PUT' }));
    expect(answer.headers.get('allow')).toBe('GET, DELETE, PATCH');
    expect(await answer.json()).toMatchObject({ code: 'method-not-allowed', status: 405 });
    expect(await refusal('/v1/nothing', { method: 'PUT' })).toMatchObject({ code: 'not-found', status: 404 });
  });

  it.each(['abc', 'NaN', "' OR 1=1--", '019b0000', '-1', 'Infinity'])(
    'names a cursor that is not ours: %s',
    async (cursor) => {
      for (const list of ['devices', 'rollouts', 'models', 'join-tokens', 'releases', 'events']) {
        expect(await refusal(`/v1/${list}?cursor=${encodeURIComponent(cursor)}`)).toMatchObject({
          status: 400,
          code: 'invalid-input',
          detail: expect.stringContaining('cursor'),
        });
      }
    },
  );

  it('names a text with characters that steer a terminal', async () => {
    const title = 'harmless\u001b[2J';
    expect(
      await refusal('/v1/imports', send('POST', { modelId: 'm', variant: 'm-q8', title })),
    ).toMatchObject({ status: 400, errors: [{ field: 'title' }] });
    expect(await refusal('/v1/devices/x', send('PATCH', { name: 'a\nb' }))).toMatchObject({
      status: 400,
      errors: [{ field: 'name' }],
    });
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString'])('names the label %s', async (key) => {
    const body = `{"labels":{"${key}":"x"}}`;
    expect(await refusal('/v1/join-tokens', { ...send('POST', {}), body })).toMatchObject({
      status: 400,
      errors: [{ field: `labels.${key}` }],
    });
  });

  it('names a price below nothing and a token for more than ten years', async () => {
    const price = { micro: -5, currency: 'EUR' };
    expect(await refusal('/v1/tariffs', send('POST', { validFrom: 0, perKwh: price }))).toMatchObject({
      status: 400,
      errors: [{ field: 'perKwh.micro' }],
    });
    expect(
      await refusal('/v1/hardware-prices', send('POST', { validFrom: 0, price, lifeMonths: 12 })),
    ).toMatchObject({ status: 400, errors: [{ field: 'price.micro' }] });
    const token = { name: 'x', role: 'viewer', expiresInMs: 400_000_000_000 };
    expect(await refusal('/v1/access-tokens', send('POST', token))).toMatchObject({
      errors: [{ field: 'expiresInMs' }],
    });
  });

  it.each(['evil.example', 'evil.example:7070', 'localhost.evil.example', 'a b'])(
    'comes for a name that is not ours: %s',
    async (host) => {
      for (const path of ['/v1/session', '/sign-in', '/metrics', '/']) {
        const headers = { host };
        expect(await refusal(path, { headers })).toMatchObject({ status: 403, code: 'host-not-allowed' });
      }
      expect((await plane.app.request('/healthz', { headers: { host } })).status).toBe(200);
    },
  );

  it.each(['localhost:7070', 'LOCALHOST', '127.0.0.1:7070', '[::1]:7070', 'Fleet.example:80'])(
    'does not come for %s',
    async (host) => {
      const ours = await realPlane({ allowedHosts: ['fleet.example'] });
      const answer = await ours.app.request('/v1/session', ours.as('viewer', { headers: { host } }));
      expect(answer.status).toBe(200);
      await ours.close();
    },
  );

  it('says what is wrong with a body that is no JSON, or not said to be', async () => {
    const headers = { 'content-type': 'application/json' };
    expect(await refusal('/v1/plans', { method: 'POST', body: '{', headers })).toMatchObject({
      code: 'invalid-input',
      fix: 'Send one JSON document as the body.',
    });
    expect(await refusal('/v1/plans', { method: 'POST', body: 'a=b' })).toMatchObject({
      status: 415,
      fix: expect.stringContaining('content-type: application/json'),
    });
  });

  it('comes for a body over the limit, whatever its length says', async () => {
    const headers = { 'content-type': 'application/json' };
    const body = ' '.repeat(LIMITS.requestBodyBytes + 1);
    expect(await refusal('/v1/plans', { method: 'POST', body, headers })).toMatchObject({
      code: 'too-large',
      status: 413,
    });
  });

  it('keeps what broke inside us to the log, and gives the way to it', async () => {
    const broken = await realPlane({ checkReady: () => Promise.reject(new TypeError('password=hunter2')) });
    const answer = await broken.app.request('/readyz', { headers: { 'x-request-id': 'req-1' } });
    const text = await answer.text();
    expect(answer.status).toBe(500);
    expect(text).not.toContain('hunter2');
    expect(JSON.parse(text)).toMatchObject({ code: 'internal', requestId: 'req-1' });
    expect(broken.internalErrors).toMatchObject([{ requestId: 'req-1', path: '/readyz' }]);
    await broken.close();
  });

  it('comes for what is not there', async () => {
    expect(await refusal('/v1/devices/nobody')).toMatchObject({ status: 404, code: 'not-found' });
    expect(await refusal('/v1/devices/nobody/events')).toMatchObject({ status: 404, code: 'not-found' });
    expect(await refusal('/v1/rollouts', send('POST', { release: 'a@1', selector: '*' }))).toMatchObject({
      status: 404,
    });
    expect(await refusal('/v1/imports/none/file', { method: 'PUT', body: 'x' })).toMatchObject({
      status: 404,
    });
  });
});

describe('every answer', () => {
  it('tells browsers to run nothing but our own scripts, and no cache to keep the API', async () => {
    const answer = await plane.app.request('/v1/session', plane.as('viewer'));
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});

describe('an import', () => {
  it('takes a file of any size as a stream, and refuses one that is no GGUF', async () => {
    const announced = await plane.app.request(
      '/v1/imports',
      plane.as('operator', send('POST', { modelId: 'big', variant: 'big-q8' })),
    );
    const { id } = (await announced.json()) as { id: string };
    const piece = new Uint8Array(1024 * 1024);
    let left = 6;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        left -= 1;
        if (left < 0) controller.close();
        else controller.enqueue(piece);
      },
    });
    const problem = await refusal(`/v1/imports/${id}/file`, {
      method: 'PUT',
      body,
      ...({ duplex: 'half' } as object),
    });
    expect(problem).toMatchObject({ code: 'gguf-invalid', status: 422 });
    expect(left).toBeLessThanOrEqual(6);
  });
});
