import { mkdir, writeFile } from 'node:fs/promises';
import { tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realPlane, type RealPlane } from './real-plane.ts';

let folder: TempFolder;
let plane: RealPlane;
beforeAll(async () => {
  folder = await tempFolder({ name: 'console' });
  await mkdir(folder.file('dist/assets'), { recursive: true });
  await writeFile(folder.file('dist/index.html'), '<title>console</title>');
  await writeFile(folder.file('dist/assets/index-Ab12Cd34.js'), 'export {}');
  await writeFile(folder.file('secret.txt'), 'hush');
  plane = await realPlane({ consoleFolder: folder.file('dist') });
});
afterAll(async () => {
  await plane.close();
  await folder.remove();
});

describe('the console', () => {
  it('is served with its files, those with a hash in their name for ever', async () => {
    const script = await plane.app.request('/assets/index-Ab12Cd34.js');
    expect(script.headers.get('content-type')).toContain('javascript');
    expect(script.headers.get('cache-control')).toContain('immutable');
    const page = await plane.app.request('/');
    expect([await page.text(), page.headers.get('cache-control')]).toEqual([
      '<title>console</title>',
      'no-cache',
    ]);
  });

  it('is served for its own addresses too, but a missing file is missing', async () => {
    expect(await (await plane.app.request('/devices/abc')).text()).toBe('<title>console</title>');
    expect((await plane.app.request('/assets/gone-12345678.js')).status).toBe(404);
  });

  it.each(['/../secret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt', '/..%5csecret.txt'])(
    'gives nothing outside its folder: %s',
    async (path) => {
      expect(await (await plane.app.request(path)).text()).not.toContain('hush');
    },
  );

  it('says how to build it while it is not built, and is there once it is', async () => {
    const bare = await realPlane({ consoleFolder: folder.file('later') });
    const page = await bare.app.request('/');
    expect([page.status, await page.text()]).toMatchObject([
      200,
      expect.stringContaining('npx nx run console:build'),
    ]);
    await mkdir(folder.file('later'));
    await writeFile(folder.file('later/index.html'), '<title>built</title>');
    expect(await (await bare.app.request('/devices/abc')).text()).toBe('<title>built</title>');
    await bare.close();
  });
});

describe('the reference', () => {
  it('is one page without scripts that names every route and links its schemas', async () => {
    const text = await (await plane.app.request('/reference')).text();
    expect(text).toContain('POST /v1/rollouts/{rolloutId}/{action}');
    expect(text).toContain('<a href="#DeviceDetail">');
    expect(text).toContain('id="DeviceDetail"');
    expect(text).not.toContain('<script');
    expect(text).not.toMatch(/(?:src|href)="https?:/);
  });
});

describe('metrics', () => {
  it('count requests by route, not by address, and devices by state', async () => {
    await plane.app.request('/v1/devices/nobody', plane.as('viewer'));
    const text = await (await plane.app.request('/metrics', plane.as('viewer'))).text();
    expect(text).toMatch(
      /flotilla_plane_http_request_duration_seconds_count\{method="GET",route="\/v1\/devices\/:deviceId",status="404"\} 1/,
    );
    expect(text).toContain('flotilla_plane_devices{state="offline"} 0');
    expect(text).toContain('nodejs_eventloop_lag_seconds');
    expect(text).not.toContain('nobody');
  });
});
