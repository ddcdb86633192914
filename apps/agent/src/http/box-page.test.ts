import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { NETWORK, fakeBox } from '../../test/fake-box.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

describe('the box page', () => {
  it.each([
    [BROWSER, 'text/html; charset=utf-8'],
    ['text/html', 'text/html; charset=utf-8'],
    ['*/*', 'text/plain; charset=UTF-8'],
    ['application/json', 'text/plain; charset=UTF-8'],
    ['text/plain;q=1, text/html;q=0.5', 'text/plain; charset=UTF-8'],
  ])('answers / to Accept %j with %s', async (accept, type) => {
    const { app } = await fakeBox();
    const response = await app.request('/', { headers: { accept } });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
    if (type.startsWith('text/plain')) expect(await response.text()).toBe('Ollama is running');
  });

  it('answers HEAD, by which Ollama’s clients see whether it runs', async () => {
    const { app } = await fakeBox();
    expect((await app.request('/', { method: 'HEAD' })).status).toBe(200);
  });

  it('serves every file of its folder, and nothing else', async () => {
    const { app } = await fakeBox();
    const names = await readdir(new URL('../../ui/', import.meta.url));
    const found = await Promise.all(names.map(async (name) => (await app.request(`/ui/${name}`)).status));
    expect(found).toEqual(names.map(() => 200));
    for (const name of ['../package.json', '..%2fpackage.json', '%2e%2e%2fpackage.json', 'toString', 'x.js'])
      expect((await app.request(`/ui/${name}`)).status).toBe(404);
  });

  it.each(['/ui', '/ui/'])('is there at %s', async (path) => {
    const { app } = await fakeBox();
    const response = await app.request(path);
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('<html')]);
  });

  it('lets a browser load and run only what the box serves', async () => {
    const { app } = await fakeBox();
    const response = await app.request('/ui/');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const html = await response.text();
    expect(html).not.toMatch(/\bon\w+=|style=|<style|<script(?![^>]*\bsrc="\/ui\/)/);
    expect(html.match(/(?:src|href)="[^"]*"/g)?.filter((link) => !/="(?:\/ui\/|#)/.test(link))).toEqual([]);
  });

  it('needs no key, while what it shows does; and is not there for other people’s names', async () => {
    const { app } = await fakeBox({ access: NETWORK });
    const status = async (path: string, host: string) =>
      (await app.request(path, { headers: { host, accept: BROWSER } })).status;
    expect(await status('/', '192.168.1.7')).toBe(200);
    expect(await status('/ui/page.js', '192.168.1.7')).toBe(200);
    expect(await status('/flotilla/v1/status', '192.168.1.7')).toBe(401);
    expect(await status('/', 'evil.example')).toBe(403);
  });
});
