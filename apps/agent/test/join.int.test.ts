import { createServer } from 'node:tls';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import {
  createCertificateAuthority,
  formatJoinToken,
  issueServerCertificate,
  parseJoinToken,
} from '@flotilla/platform-pki';
import { tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinAgent, runAgent, startAgent } from './agent-process.ts';
import { freePlanePorts, startPlane, type PlaneProcess } from './plane-process.ts';

/* The join of a real agent to a real control plane, and everything that may be wrong with it. */
let folder: TempFolder;
let plane: PlaneProcess;
beforeAll(async () => {
  folder = await tempFolder({ name: 'join' });
  plane = await startPlane({ folder: folder.file('plane'), ports: await freePlanePorts() });
}, 120_000);
afterAll(async () => {
  await plane.child.stop();
  await folder.remove();
});

const join = (name: string, token: string, ...args: string[]) =>
  runAgent({ command: ['join', token, '--json'], folder: folder.file(name), args });
const deviceOf = (output: string) => /"deviceId":"([^"]+)"/.exec(output)?.[1];

describe('flotilla-agent join', () => {
  it('makes a device with a key that nobody else may read', async () => {
    const deviceId = await joinAgent({ token: await plane.joinToken(), folder: folder.file('first') });
    const file = folder.file('first', 'identity.json');
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ deviceId });
    expect((await plane.device(deviceId)).name).not.toBe('');
  });

  it('refuses a second join, unless it is forced to give the first identity up', async () => {
    const first = await joinAgent({ token: await plane.joinToken(), folder: folder.file('again') });
    const refused = await join('again', await plane.joinToken());
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('"code":"already-exists"');
    const forced = await join('again', await plane.joinToken(), '--force');
    expect(forced.code).toBe(0);
    expect(deviceOf(forced.output)).not.toBe(first);
  });

  it('says that a token was used up', async () => {
    const token = await plane.joinToken();
    await joinAgent({ token, folder: folder.file('used') });
    const { code, output } = await join('used-again', token);
    expect(code).toBe(1);
    expect(output).toContain('"code":"join-token-used-up"');
  });

  it('says that a token has expired', async () => {
    const token = await plane.joinToken();
    // The clock of a process cannot be turned, and a token lives a minute at least.
    const database = new DatabaseSync(folder.file('plane', 'control-plane.db'), { timeout: 5_000 });
    database.prepare('UPDATE join_tokens SET expires_at = ?').run(Date.now() - 1);
    database.close();
    const { code, output } = await join('late', token);
    expect(code).toBe(1);
    expect(output).toContain('"code":"join-token-expired"');
    await expect(stat(folder.file('late'))).rejects.toThrow('ENOENT');
  });

  it('says that a token is not known, or no token at all', async () => {
    const known = parseJoinToken(await plane.joinToken());
    const forged = formatJoinToken({ ...known, secret: 'A'.repeat(43) });
    expect((await join('forged', forged)).output).toContain('"code":"join-token-invalid"');
    expect((await join('nonsense', 'hello')).output).toContain('"code":"join-token-invalid"');
    expect((await join('nonsense', 'hello')).code).toBe(1);
  });

  it('leaves no folder behind that a refused join has made, and leaves alone what was there', async () => {
    expect((await join('refused', 'hello')).code).toBe(1);
    const known = parseJoinToken(await plane.joinToken());
    const forged = formatJoinToken({ ...known, secret: 'A'.repeat(43) });
    expect((await join('refused', forged)).code).toBe(1);
    await expect(stat(folder.file('refused'))).rejects.toThrow('ENOENT');
    await mkdir(folder.file('own'));
    await writeFile(folder.file('own', 'agent.json'), '{}');
    expect((await join('own', forged)).output).toContain('"code":"join-token-invalid"');
    expect(await readFile(folder.file('own', 'agent.json'), 'utf8')).toBe('{}');
  });

  it('says how to start the box from the folder it was given', async () => {
    const path = folder.file('told');
    const { output } = await runAgent({ command: ['join', await plane.joinToken()], folder: path });
    expect(output).toContain(`flotilla-agent run --data ${path}`);
  });

  it('sends nothing of the token to a server that is not the one it names', async () => {
    const now = Date.now();
    const authority = await createCertificateAuthority({ name: 'Somebody else', now });
    const { certificatePem, privateKeyPem } = await issueServerCertificate({
      ca: authority,
      names: ['localhost'],
      ips: ['127.0.0.1'],
      now,
    });
    const heard: Buffer[] = [];
    const server = createServer({ cert: certificatePem, key: privateKeyPem }, (socket) => {
      socket.on('data', (data: Buffer) => heard.push(data));
      socket.on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const known = parseJoinToken(await plane.joinToken());
    const token = formatJoinToken({ ...known, url: `https://127.0.0.1:${port}` });
    const { code, output } = await join('mitm', token);
    server.close();
    expect(code).toBe(1);
    expect(output).toContain('"code":"fingerprint-mismatch"');
    expect(Buffer.concat(heard).toString('latin1')).toBe('');
  });

  it('makes the same device with the same key when the first answer was lost', async () => {
    const token = await plane.joinToken();
    const deviceId = await joinAgent({ token, folder: folder.file('lost') });
    const identity = JSON.parse(await readFile(folder.file('lost', 'identity.json'), 'utf8')) as {
      privateKeyPem: string;
    };
    // As a power cut between the answer and its writing leaves it: the key, and no identity.
    await rename(folder.file('lost', 'identity.json'), folder.file('identity-that-was-lost.json'));
    await writeFile(
      folder.file('lost', 'joining.json'),
      JSON.stringify({ v: 1, privateKeyPem: identity.privateKeyPem }),
    );
    expect(await joinAgent({ token, folder: folder.file('lost') })).toBe(deviceId);
  });

  it('tells a control plane that is not there from one that refuses', async () => {
    const { url } = parseJoinToken(await plane.joinToken());
    const known = parseJoinToken(await plane.joinToken());
    const away = formatJoinToken({ ...known, url: url.replace(/:\d+/, ':1') });
    const { code, output } = await join('away', away);
    expect(code).toBe(1);
    expect(output).toContain('"code":"offline"');
  });
});

describe('flotilla-agent run', () => {
  it('refuses a folder that another agent uses, and a port that is taken, naming what moves it', async () => {
    const agent = await startAgent({ folder: folder.file('alone') });
    const same = await runAgent({ command: ['run', '--json', '--port', '0'], folder: folder.file('alone') });
    expect(same).toMatchObject({ code: 1, output: expect.stringContaining('data-folder-locked') as string });
    const port = new URL(agent.url).port;
    const taken = await runAgent({
      command: ['run', '--json', '--port', port],
      folder: folder.file('other'),
    });
    expect(taken).toMatchObject({ code: 1, output: expect.stringContaining('--port') as string });
    expect(taken.output).toContain('"code":"port-taken"');
    await agent.child.stop();
  });

  it('runs without a control plane, says so, and ends in order when it is asked to', async () => {
    const agent = await startAgent({ folder: folder.file('orphan') });
    const status = await runAgent({ command: ['status'], folder: folder.file('orphan') });
    expect(status).toMatchObject({ code: 0, output: expect.stringContaining('Not joined') as string });
    agent.child.signal('SIGTERM');
    expect(await agent.child.exited).toMatchObject({ code: 0 });
    expect(agent.child.output()).toContain('{"event":"stopped"}');
    expect((await runAgent({ command: ['status'], folder: folder.file('orphan') })).code).toBe(3);
  });

  it('refuses a network address without keys, and wrong settings all at once', async () => {
    const open = await runAgent({
      command: ['run', '--json', '--port', '0', '--host', '0.0.0.0'],
      folder: folder.file('open'),
    });
    expect(open).toMatchObject({ code: 2, output: expect.stringContaining('API key') as string });
    const wrong = await runAgent({
      command: ['run', '--json', '--port', '99999', '--gpu', 'maybe'],
      folder: folder.file('wrong'),
    });
    expect(wrong.code).toBe(2);
    for (const field of ['http.port', 'engine.gpu']) expect(wrong.output).toContain(field);
  });
});

describe('flotilla-agent doctor', () => {
  it('finds nothing wrong with a joined box, and says what it looked at', async () => {
    await joinAgent({ token: await plane.joinToken(), folder: folder.file('healthy') });
    const { code, output } = await runAgent({
      command: ['doctor', '--json'],
      folder: folder.file('healthy'),
    });
    const { findings } = JSON.parse(output) as { findings: { check: string; verdict: string }[] };
    const verdicts = new Map(findings.map(({ check, verdict }) => [check, verdict]));
    for (const check of ['data folder', 'certificate', 'gateway', 'clock', 'broker'])
      expect(verdicts.get(check), check).toBe('ok');
    expect(code).toBe(findings.some(({ verdict }) => verdict === 'fail') ? 3 : 0);
  });

  it('leaves the line of a running agent alone, and asks the agent how it is', async () => {
    const path = folder.file('busy');
    await joinAgent({ token: await plane.joinToken(), folder: path });
    const agent = await startAgent({ folder: path });
    await agent.until('the line is up', ({ link }) => link.mqtt === 'connected');
    const { output } = await runAgent({ command: ['doctor', '--json'], folder: path });
    const { findings } = JSON.parse(output) as { findings: { check: string; detail: string }[] };
    expect(findings.find(({ check }) => check === 'broker')?.detail).toContain("the agent's line is up");
    expect(agent.child.output()).not.toMatch(/line to the broker was lost/);
    expect((await agent.status()).link.mqtt).toBe('connected');
    await agent.child.stop();
  });

  it('says that a broker does not take this device when its certificate is of another', async () => {
    const path = folder.file('stranger');
    await joinAgent({ token: await plane.joinToken(), folder: path });
    const file = folder.file('stranger/identity.json');
    const identity = JSON.parse(await readFile(file, 'utf8')) as { deviceId: string };
    await writeFile(file, JSON.stringify({ ...identity, deviceId: `${identity.deviceId}x` }));
    const { code, output } = await runAgent({ command: ['doctor', '--json'], folder: path });
    const { findings } = JSON.parse(output) as { findings: { check: string; verdict: string }[] };
    expect(findings.find(({ check }) => check === 'broker')?.verdict).toBe('fail');
    expect(code).toBe(3);
  });
});
