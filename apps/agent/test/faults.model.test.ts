import { execFileSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetOverview } from '@flotilla/contracts';
import { isAlive, spawnNode, tempFolder, waitFor, type TempFolder } from '@flotilla/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { joinAgent, startAgent, type AgentProcess, type Status } from './agent-process.ts';
import {
  freePlanePorts,
  PLANE_MAIN,
  startPlane,
  type PlanePorts,
  type PlaneProcess,
} from './plane-process.ts';

/*
 * Faults with real processes: a control plane, an agent, its engines, a model of the starter family.
 * A box that serves assistant@1 is made once; every test gets a copy of it and of its control plane.
 */
// Several processes start in each test; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

let folder: TempFolder;
let ports: PlanePorts;
let deviceId: string;
let copies = 0;
let plane: PlaneProcess;
let agent: AgentProcess;
let planeData: string;
let boxData: string;

async function start(options: { args?: string[] } = {}): Promise<void> {
  agent = await startAgent({ folder: boxData, ...options });
}

const CHUNK = 4 * 2 ** 20;
const blobFile = (digest: string) => join(planeData, 'blobs', digest.slice(0, 2), digest);
const assistant = ({ services }: Pick<Status, 'services'>) =>
  services.find(({ service }) => service === 'assistant');

/** What the control plane, and with it the console, says is wrong with the service on the box. */
const toldProblem = (code: string) =>
  waitFor(async () => (await plane.device(deviceId)).reported.some(({ problem }) => problem?.code === code), {
    what: `the control plane tells ${code}`,
    deadlineMs: 30_000,
  });

beforeAll(async () => {
  folder = await tempFolder({ name: 'faults' });
  ports = await freePlanePorts();
  const first = await startPlane({ folder: folder.file('plane'), ports });
  deviceId = await joinAgent({ token: await first.joinToken(), folder: folder.file('box') });
  await first.rollOut('assistant@1');
  const box = await startAgent({ folder: folder.file('box') });
  await box.serves(1);
  await waitFor(
    async () =>
      ((await first.call('GET', '/v1/rollouts')) as { items: { state: string }[] }).items[0]?.state ===
      'completed',
    { what: 'the first rollout is completed', deadlineMs: 120_000 },
  );
  await box.child.stop();
  await first.child.stop();
}, 300_000);

afterAll(() => folder.remove());

beforeEach(async () => {
  copies += 1;
  planeData = folder.file(`plane-${copies}`);
  boxData = folder.file(`box-${copies}`);
  await cp(folder.file('plane'), planeData, { recursive: true });
  await cp(folder.file('box'), boxData, { recursive: true });
  plane = await startPlane({ folder: planeData, ports });
});

afterEach(async () => {
  await agent.child.kill9();
  await plane.child.kill9();
});

describe('a box whose agent is killed', () => {
  it('leaves no engine behind and serves again, with the control plane gone', async () => {
    await plane.child.kill9();
    await start();
    await agent.serves(1);
    const engines = agent.enginePids();
    expect(engines).toHaveLength(1);
    await agent.child.kill9();
    await waitFor(() => !engines.some(isAlive), { what: 'the engine ends with its agent' });
    await start();
    await agent.serves(1);
    expect((await agent.ask('Lock the door')).status).toBe(200);
  });

  it('goes on with a pull where it was, losing a chunk at most', async () => {
    const [small] = await plane.variants('Q8_0');
    const file = await readFile(blobFile(small?.digest ?? ''));
    // Bytes after the last tensor are nobody's: a model of four chunks that is as good as the small one.
    await plane.importModel('padded-q8_0', Buffer.concat([file, Buffer.alloc(3.5 * CHUNK, copies)]));
    const { release } = await plane.release({ candidates: ['padded-q8_0'] });
    await start({ args: ['--download-per-second', '2MiB'] });
    await agent.serves(1);
    await plane.rollOut(`assistant@${release.revision}`);
    await agent.until('two chunks are here', (now) => (assistant(now)?.progress?.doneBytes ?? 0) > 2 * CHUNK);
    await agent.child.kill9();
    await start();
    await agent.serves(release.revision);
    const [, resumed = '0'] = /"doneBytes":([1-9]\d+)/.exec(agent.child.output()) ?? [];
    expect(Number(resumed)).toBeGreaterThanOrEqual(CHUNK);
    expect(await readdir(join(boxData, 'models', 'partial'))).toEqual([]);
  });

  it.each(['loading', 'checking', 'switching'])(
    'while it is %s brings the old release back first, then the new one',
    async (phase) => {
      const { release } = await plane.release();
      await start();
      await agent.serves(1);
      await plane.rollOut(`assistant@${release.revision}`);
      await agent.child.ready(new RegExp(`"revision":${release.revision},"phase":"${phase}"`), {
        deadlineMs: 120_000,
      });
      await agent.child.kill9();
      await start();
      await agent.serves(release.revision);
      const served = Array.from(agent.child.output().matchAll(/"msg":"traffic switched"/g));
      // Once for what served before, once for the new one; or only the new one, where the kill came after its commit.
      expect(served.length).toBeLessThanOrEqual(2);
      expect((await agent.ask('Lock the door')).status).toBe(200);
    },
  );
});

describe('a box whose agent is told to stop', () => {
  it('ends in its time under open streams and waiting requests, with its engine', async () => {
    await start();
    await agent.serves(1);
    const [engine = 0] = agent.enginePids();
    const streams = await Promise.all(Array.from({ length: 4 }, () => openStream()));
    const more = Array.from({ length: 8 }, () => agent.ask('Lock the door').catch(() => undefined));
    agent.child.signal('SIGTERM');
    expect(await agent.child.exited).toEqual({ code: 0, signal: null });
    expect(agent.child.output()).not.toContain('not stopped in time');
    expect(isAlive(engine)).toBe(false);
    await Promise.all([...more, ...streams.map((stream) => stream.cancel().catch(() => undefined))]);
  });

  /** Resolves when its first bytes are here. */
  async function openStream(): Promise<ReadableStreamDefaultReader> {
    const answer = await fetch(`${agent.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'assistant',
        stream: true,
        max_tokens: 1_000,
        messages: [{ role: 'user', content: 'Lock every door there is, one after the other' }],
      }),
    });
    const reader = answer.body?.getReader() ?? expect.fail('no body');
    await reader.read();
    return reader;
  }
});

describe('a box whose control plane is gone for a while', () => {
  it('serves on, and every request is accounted once afterwards', async () => {
    await start();
    await agent.serves(1);
    const before = await requestsAtPlane();
    expect((await agent.ask('Lock the door')).status).toBe(200);
    await plane.child.kill9();
    await agent.until('the line is down', ({ link }) => link.mqtt !== 'connected');
    for (let asked = 0; asked < 5; asked += 1)
      expect((await agent.ask(`Lock door ${asked}`)).status).toBe(200);
    // The first row from here on may have been begun before the last answer; the second holds it for certain.
    const { waitingRows } = (await agent.status()).telemetry;
    await agent.until('rows wait', ({ telemetry }) => telemetry.waitingRows >= waitingRows + 2);
    await agent.child.kill9(); // what is on the disk survives
    plane = await startPlane({ folder: planeData, ports });
    await start();
    await agent.serves(1);
    expect((await agent.ask('Lock the gate')).status).toBe(200);
    await agent.until(
      'all rows are taken',
      ({ telemetry, link }) => link.mqtt === 'connected' && telemetry.waitingRows <= 1,
    );
    const accounted = await waitFor(
      async () => {
        const requests = (await requestsAtPlane()) - before;
        return requests >= 7 ? requests : undefined;
      },
      { what: 'the requests are accounted', deadlineMs: 30_000 },
    );
    expect(accounted).toBe(7);
  });

  async function requestsAtPlane(): Promise<number> {
    return FleetOverview.parse(await plane.call('GET', '/v1/overview')).lastDay.requests;
  }
});

describe('a control plane that signs with a new key', () => {
  it('is followed, since the new key is signed by the old one', async () => {
    await start();
    await agent.serves(1);
    const { release } = await plane.release();
    await plane.child.stop();
    const rotated = spawnNode({ script: PLANE_MAIN, args: ['keys', 'rotate', '--data', planeData] });
    expect(await rotated.exited).toMatchObject({ code: 0 });
    plane = await startPlane({ folder: planeData, ports });
    await plane.rollOut(`assistant@${release.revision}`);
    const status = await agent.serves(release.revision);
    expect(status.counters.desiredIgnored).toBe(0);
  });
});

describe('a release that is wrong', () => {
  it('never serves when a golden prompt is answered wrongly, although it is signed, and says why', async () => {
    const { release } = await plane.release({
      goldenPrompts: [
        {
          id: 'knows-the-moon',
          messages: [{ role: 'user', content: 'Lock the back door' }],
          maxTokens: 16,
          expect: { kind: 'exact', value: 'The moon is a harsh mistress.' },
        },
      ],
    });
    await start();
    await agent.serves(1);
    await plane.rollOut(`assistant@${release.revision}`);
    const status = await agent.until('the release failed', (now) => assistant(now)?.state === 'failed');
    expect(assistant(status)).toMatchObject({
      revision: 1,
      targetRevision: release.revision,
      problem: { code: 'golden-prompt-failed', about: 'knows-the-moon' },
    });
    expect(agent.child.output()).not.toMatch(/"msg":"traffic switched"[^]*"msg":"traffic switched"/);
    expect((await agent.ask('Lock the door')).status).toBe(200);
    await toldProblem('golden-prompt-failed');
    // Not tried again after a restart either.
    await agent.child.kill9();
    await start();
    const again = await agent.until(
      'the release is still failed',
      (now) => assistant(now)?.state === 'failed' && assistant(now)?.revision === 1,
    );
    expect(again.failedReleases.map(({ revision }) => revision)).toEqual([release.revision]);
    expect(agent.child.output()).not.toContain('"step":"check-golden"');
  });

  it('goes down the whole ladder when its engines keep ending, and says each rung', async () => {
    await start();
    const { name: small = '', digest = '' } = assistant(await agent.serves(1))?.variant ?? {};
    const file = await readFile(blobFile(digest));
    // Bytes after the last tensor are nobody's: as good as the one that is here, and larger.
    await plane.importModel('large-q8_0', Buffer.concat([file, Buffer.alloc(CHUNK, 1)]));
    const { release } = await plane.release({
      candidates: ['large-q8_0', small],
      intent: { contextTokens: 512, minContextTokens: 256, memoryShare: 0.7, sequences: 4 },
    });
    await plane.rollOut(`assistant@${release.revision}`);
    await agent.until('the large one serves', serves('large-q8_0', release.revision));

    const onSmall = await endEngines('large-q8_0', serves(small, release.revision));
    expect(rungs(onSmall)).toEqual(['smaller-variant']);
    expect(assistant(onSmall)?.degraded?.[0]?.reason).toContain('large-q8_0');
    expect(agent.child.output()).toMatch(/"rung":"shorter-context"[^]*"rung":"smaller-variant"/);
    expect((await agent.ask('Lock the door')).status).toBe(200);

    const back = await endEngines(
      small,
      (now) => assistant(now)?.state === 'failed' && assistant(now)?.revision === 1,
    );
    expect(assistant(back)?.problem?.code).toBe('engine-crash-loop');
    expect(rungs(back)).toEqual(['last-good-release']);
    expect((await agent.ask('Lock the door')).status).toBe(200);
    await waitFor(
      async () =>
        (await plane.device(deviceId)).reported.some((one) => rungs({ services: [one] }).length > 0),
      { what: 'the control plane knows the rung', deadlineMs: 30_000 },
    );
  });

  const rungs = (now: Pick<Status, 'services'>) => (assistant(now)?.degraded ?? []).map(({ rung }) => rung);
  const serves = (variant: string, revision: number) => (now: Status) => {
    const one = assistant(now);
    return one?.state === 'serving' && one.variant?.name === variant && one.revision === revision;
  };

  /** Kills every engine of a variant that comes up for the release, until something is seen. */
  function endEngines(variant: string, isSeen: (now: Status) => boolean): Promise<Status> {
    const ended = new Set<number>();
    return agent.until(
      'the ladder led on',
      (now) => {
        const pid = agent.enginePids(variant).at(-1);
        if (pid !== undefined && !ended.has(pid) && assistant(now)?.state !== 'failed' && isAlive(pid)) {
          ended.add(pid);
          process.kill(pid, 'SIGKILL');
        }
        return isSeen(now);
      },
      { deadlineMs: 200_000 },
    );
  }

  it('is not taken in when its signature is not of a trusted key', async () => {
    const file = join(boxData, 'identity.json');
    const identity = JSON.parse(await readFile(file, 'utf8')) as { keys: { keys: { publicKey: string }[] } };
    // The device trusts another key of the same name: whoever signs now is a stranger.
    for (const key of identity.keys.keys) key.publicKey = Buffer.from('not the key').toString('base64');
    await writeFile(file, JSON.stringify(identity));
    const { release } = await plane.release();
    await start();
    await agent.serves(1);
    await plane.rollOut(`assistant@${release.revision}`);
    const status = await agent.until(
      'the document is ignored',
      ({ counters }) => counters.desiredIgnored > 0,
    );
    expect(assistant(status)).toMatchObject({ state: 'serving', revision: 1 });
    expect(status.generation).toBe(1);
  });

  it('waits, saying why, while the bytes of its model are not the ones it names', async () => {
    const { release } = await plane.release();
    const digest = release.candidates[0]?.digest ?? '';
    const blob = blobFile(digest);
    const sound = await readFile(blob);
    await writeFile(blob, Buffer.from(sound).fill(7, 1_000, 2_000));
    await start();
    await agent.serves(1);
    await plane.rollOut(`assistant@${release.revision}`);
    const status = await agent.until('it waits', (now) => assistant(now)?.problem !== undefined);
    expect(assistant(status)).toMatchObject({
      state: 'changing',
      revision: 1,
      problem: { code: 'digest-mismatch' },
    });
    await writeFile(blob, sound);
    await agent.serves(release.revision);
  });
});

describe('a box whose disk is full', () => {
  const canMount = process.platform === 'linux' && process.getuid?.() === 0;
  it.skipIf(!canMount)('keeps serving, says so, and goes on when there is room', async () => {
    const small = folder.file('small-disk');
    await mkdir(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', small]);
    try {
      await cp(boxData, small, { recursive: true });
      const litter = join(small, 'litter');
      const { release } = await plane.release();
      boxData = small;
      await start();
      await agent.serves(1);
      // What is left holds no model, whatever size the starter models have.
      const { bavail, bsize } = await statfs(small);
      await writeFile(litter, Buffer.alloc(bavail * bsize - 150_000));
      await plane.rollOut(`assistant@${release.revision}`);
      const status = await agent.until('the disk is full', (now) => assistant(now)?.problem !== undefined);
      expect(assistant(status)).toMatchObject({ revision: 1, problem: { code: 'disk-full' } });
      await toldProblem('disk-full');
      expect((await agent.ask('Lock the door')).status).toBe(200);
      await rm(litter);
      await agent.serves(release.revision);
    } finally {
      await agent.child.kill9();
      execFileSync('umount', ['-l', small]);
    }
  });
});
