import { createServer } from 'node:net';
import { once } from 'node:events';
import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { X509Certificate } from 'node:crypto';
import { tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { flagsOf, freePorts, spawnPlane, startPlane, type PlaneProcess } from './plane-process.ts';

let folder: TempFolder;
const running: PlaneProcess[] = [];
beforeEach(async () => {
  folder = await tempFolder({ name: 'plane-start' });
});
afterEach(async () => {
  for (const { child } of running.splice(0)) await child.stop();
  await folder.remove();
});

async function start(options: Partial<Parameters<typeof startPlane>[0]> = {}): Promise<PlaneProcess> {
  const plane = await startPlane({
    data: folder.file('data'),
    args: ['--starter-models', 'false'],
    ...options,
  });
  running.push(plane);
  return plane;
}

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe('a start', () => {
  it('keeps keys, database and token to its user', async () => {
    await start();
    expect(await modeOf(folder.file('data'))).toBe('700');
    for (const name of [
      'admin-token',
      'control-plane.db',
      'pki/ca.json',
      'pki/server.json',
      'pki/signing.json',
    ]) {
      expect([name, await modeOf(folder.file('data', name))]).toEqual([name, '600']);
    }
  });

  it('tells each step as a JSON line, and logs elsewhere', async () => {
    const plane = await start({ args: [] });
    plane.child.signal('SIGTERM');
    await plane.child.exited;
    const events = plane.child
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{"event"'))
      .map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events[0]).toBe('starting');
    expect(events).toContain('model-imported');
    expect(events.slice(-4)).toEqual(['release-created', 'ready', 'stopping', 'stopped']);
  });

  it('begins where the last one ended: same authority, same token, no second release', async () => {
    const first = await start({ args: [] });
    const token = first.token;
    const authority = await readFile(folder.file('data', 'pki/ca.pem'), 'utf8');
    await first.child.stop();
    const second = await start({ args: [], ports: first.ports });
    expect([second.token, await readFile(folder.file('data', 'pki/ca.pem'), 'utf8')]).toEqual([
      token,
      authority,
    ]);
    expect(second.child.output()).not.toContain('release-created');
    expect(second.child.output()).not.toContain('model-imported');
    const { items } = await (await second.client.api.v1.releases.$get({ query: {} })).json();
    expect(items).toHaveLength(1);
  });

  it('issues its server certificate again when it is reached by another name, from the same authority', async () => {
    const first = await start();
    const names = async () => {
      const { certificatePem } = JSON.parse(
        await readFile(folder.file('data', 'pki/server.json'), 'utf8'),
      ) as {
        certificatePem: string;
      };
      return new X509Certificate(certificatePem);
    };
    const before = await names();
    await first.child.stop();
    await (await start({ ports: first.ports })).child.stop();
    expect((await names()).fingerprint256).toBe(before.fingerprint256);
    const moved = await start({
      args: ['--starter-models', 'false', '--public-address', 'plane.example.org'],
      ports: first.ports,
    });
    const after = await names();
    expect([before.checkHost('plane.example.org'), after.checkHost('plane.example.org')]).toEqual([
      undefined,
      'plane.example.org',
    ]);
    expect(
      after.verify(new X509Certificate(await readFile(folder.file('data', 'pki/ca.pem'))).publicKey),
    ).toBe(true);
    expect(moved.ready.gatewayUrl).toBe(`https://plane.example.org:${first.ports.gatewayPort}`);
  });

  it('makes the admin token again when its file was lost, and the old one ends', async () => {
    const first = await start();
    await first.child.stop();
    await rm(folder.file('data', 'admin-token'));
    const second = await start({ ports: first.ports });
    expect(second.token).not.toBe(first.token);
    const overview = await fetch(`${second.ready.consoleUrl}/v1/overview`, {
      headers: { authorization: `Bearer ${first.token}` },
    });
    expect(overview.status).toBe(401);
    expect((await second.client.api.v1.overview.$get()).status).toBe(200);
  });

  it('refuses a folder that another process uses, by that process’s id', async () => {
    const first = await start();
    const second = spawnPlane(['run', '--data', folder.file('data'), ...flagsOf(await freePorts())]);
    expect(await second.exited).toMatchObject({ code: 1 });
    expect(second.output()).toContain(`Process ${first.child.pid} uses the data folder`);
    expect((await first.client.api.v1.overview.$get()).status).toBe(200);
  });

  it.each([
    ['port', '--port'],
    ['gatewayPort', '--gateway-port'],
    ['mqttPort', '--mqtt-port'],
  ] as const)(
    'names a taken %s and the flag that moves it, and leaves the folder usable',
    async (field, flag) => {
      const holder = createServer().listen(0, '127.0.0.1');
      await once(holder, 'listening');
      const { port } = holder.address() as { port: number };
      const ports = { ...(await freePorts()), [field]: port };
      const refused = spawnPlane([
        'run',
        '--json',
        '--data',
        folder.file('data'),
        '--starter-models',
        'false',
        ...flagsOf(ports),
      ]);
      expect(await refused.exited).toMatchObject({ code: 1 });
      const line = refused
        .output()
        .split('\n')
        .find((text) => text.startsWith('{"event":"failed"'));
      expect(JSON.parse(line ?? '{}')).toMatchObject({
        code: 'port-taken',
        detail: expect.stringContaining(`127.0.0.1:${port}`),
        fix: expect.stringContaining(`${flag},`),
      });
      holder.close();
      await start({ ports });
    },
  );

  it('says everything that is wrong with the configuration at once', async () => {
    const refused = spawnPlane(['run', '--port', 'many', '--broker-url', 'http://x'], {
      FLOTILLA_DATABASE_URL: 'mysql://secret@x/y',
    });
    expect(await refused.exited).toMatchObject({ code: 2 });
    for (const name of ['port', 'brokerUrl', 'databaseUrl']) expect(refused.output()).toContain(name);
    expect(refused.output()).not.toContain('secret@x');
  });

  it('refuses a database that is no database, by its name', async () => {
    const plane = await start();
    await plane.child.stop();
    await writeFile(folder.file('data', 'control-plane.db'), 'not a database');
    await chmod(folder.file('data', 'control-plane.db'), 0o600);
    const refused = spawnPlane(['run', '--data', folder.file('data'), ...flagsOf(plane.ports)]);
    expect(await refused.exited).toMatchObject({ code: 1 });
    expect(refused.output()).toContain('control-plane.db');
  });
});

describe('the other commands', () => {
  it('print a link that signs a browser in, once', async () => {
    const plane = await start();
    const printed = spawnPlane(['sign-in-link', '--data', folder.file('data')]);
    await printed.exited;
    const [url = ''] = /http:\S+/.exec(printed.output()) ?? [];
    const follow = () => fetch(url, { redirect: 'manual' });
    const answer = await follow();
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    const who = await fetch(`${plane.ready.consoleUrl}/v1/session`, { headers: { cookie } });
    expect(await who.json()).toMatchObject({ name: 'admin', role: 'admin' });
    expect((await follow()).status).toBe(401);
    expect((await fetch(plane.ready.signInUrl, { redirect: 'manual' })).status).toBe(303);
  });

  it('say that nothing runs when nothing runs', async () => {
    const printed = spawnPlane(['sign-in-link', '--data', folder.file('data')]);
    expect(await printed.exited).toMatchObject({ code: 1 });
    expect(printed.output()).toContain('No control plane runs with the data folder');
  });

  it('show the configuration with its sources and without secrets', async () => {
    const shown = spawnPlane(['config', 'show', '--port', '7171'], {
      FLOTILLA_DATABASE_URL: 'postgres://user:hunter2@db/flotilla',
      FLOTILLA_PLANE_LOG_LEVEL: 'warn',
    });
    expect(await shown.exited).toMatchObject({ code: 0 });
    expect(shown.output()).toMatch(/--port +7171 +\(flag --port\)/);
    expect(shown.output()).toMatch(/--log-level +"warn" +\(environment FLOTILLA_PLANE_LOG_LEVEL\)/);
    expect(shown.output()).toContain('[hidden]');
    expect(shown.output()).not.toContain('hunter2');
  });

  it('rotate the signing key while the control plane is stopped, and refuse while it runs', async () => {
    const plane = await start();
    const refused = spawnPlane(['keys', 'rotate', '--data', folder.file('data')]);
    expect(await refused.exited).toMatchObject({ code: 1 });
    await plane.child.stop();
    const rotated = spawnPlane(['keys', 'rotate', '--json', '--data', folder.file('data')]);
    expect(await rotated.exited).toMatchObject({ code: 0 });
    const [line = '{}'] = /^\{.*\}$/m.exec(rotated.output()) ?? [];
    const set = JSON.parse(line) as { serial: number; keys: unknown[] };
    expect([set.serial, set.keys.length]).toEqual([2, 2]);
  });

  it('help with every flag and with examples, and print the version', async () => {
    const help = spawnPlane(['run', '--help']);
    expect(await help.exited).toMatchObject({ code: 0 });
    for (const flag of ['--data', '--host', '--gateway-port', '--public-address', '--broker-url', '--json']) {
      expect(help.output()).toContain(flag);
    }
    expect(help.output()).not.toContain('--database-url');
    const general = spawnPlane(['--help']);
    await general.exited;
    expect(general.output()).toContain('Examples:');
    const unknown = spawnPlane(['run', '--nothing']);
    expect(await unknown.exited).toMatchObject({ code: 2 });
  });
});

describe('a stop', () => {
  it('ends event streams and connections, and leaves the folder free', async () => {
    const plane = await start();
    const stream = await fetch(`${plane.ready.consoleUrl}/v1/events/stream`, {
      headers: { authorization: `Bearer ${plane.token}` },
    });
    const read = stream.text();
    plane.child.signal('SIGINT');
    expect(await read).toContain('event: ready');
    expect(await plane.child.exited).toEqual({ code: 0, signal: null });
    await start({ ports: plane.ports });
  });
});
