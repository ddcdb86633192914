import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Adapter, ReleaseAdapter } from '@flotilla/contracts';
import { writeSynthAdapter, writeSynthModel } from '@flotilla/foundry';
import { tempFolder, waitFor, type TempFolder } from '@flotilla/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { joinAgent, startAgent, type AgentProcess, type Status } from './agent-process.ts';
import { freePlanePorts, startPlane, type PlanePorts, type PlaneProcess } from './plane-process.ts';

/*
 * Releases that differ in their adapters, on a real control plane and a real box: a model with random weights, whose
 * greedy answers say by themselves what they were made with. The tests are steps of one life, in their order.
 */
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const VARIANT = 'tiny-q8_0';
let folder: TempFolder;
let ports: PlanePorts;
let plane: PlaneProcess;
let agent: AgentProcess;
let deviceId: string;
let modelDigest: string;
let shop: Adapter;
let clinic: Adapter;
/** What the box answers: as it is, with the first adapter. */
const said: { plain?: Answer; shop?: Answer } = {};

const assistant = ({ services }: Status) => services.find(({ service }) => service === 'assistant');
const blobFile = (digest: string) => join(folder.file('plane'), 'blobs', digest.slice(0, 2), digest);
const storedFile = (digest: string) => join(folder.file('box'), 'models', 'blobs', digest);

interface Answer {
  /** Its tokens as bytes: random weights write little that is text. */
  tokens: string;
  fingerprint: string;
}

async function ask(model = 'assistant'): Promise<Answer> {
  const { status, body } = await agent.ask('Lock the back door', { model, logprobs: true });
  expect([status, body]).toEqual([200, body]);
  const { choices, system_fingerprint: fingerprint } = JSON.parse(body) as {
    choices: [{ logprobs: { content: { bytes: number[] }[] } }];
    system_fingerprint: string;
  };
  return { tokens: choices[0].logprobs.content.map(({ bytes }) => bytes.join('.')).join(' '), fingerprint };
}

async function adapterFile(seed: number, shape: 'tiny' | 'tiny-reranker' = 'tiny'): Promise<Buffer> {
  const path = folder.file(`adapter-${shape}-${seed}`);
  await writeSynthAdapter({ shape, seed, path });
  return readFile(path);
}

const OVER = ['completed', 'cancelled', 'rolled-back'];
const newestRollout = async () =>
  ((await plane.call('GET', '/v1/rollouts')) as { items: { id: string; state: string }[] }).items[0];

/** Makes a release of the model and rolls it out, once the rollout before it is over; its revision. */
async function rollOut(adapters?: ReleaseAdapter[]): Promise<number> {
  await waitFor(async () => OVER.includes((await newestRollout())?.state ?? 'completed'), {
    what: 'the rollout before is over',
    deadlineMs: 60_000,
  });
  const { release } = await plane.release({
    candidates: [VARIANT],
    intent: { contextTokens: 512, memoryShare: 0.7, sequences: 1 },
    systemPrompt: undefined,
    ...(adapters === undefined ? {} : { adapters }),
  });
  await plane.rollOut(`assistant@${release.revision}`);
  return release.revision;
}

beforeAll(async () => {
  folder = await tempFolder({ name: 'adapters' });
  ports = await freePlanePorts();
  plane = await startPlane({ folder: folder.file('plane'), ports });
  deviceId = await joinAgent({ token: await plane.joinToken(), folder: folder.file('box') });
  await writeSynthModel({ shape: 'tiny', quant: 'q8_0', path: folder.file(VARIANT) });
  await plane.importModel(VARIANT, await readFile(folder.file(VARIANT)));
  shop = await plane.importAdapter('shop', await adapterFile(1));
  clinic = await plane.importAdapter('clinic', await adapterFile(2));
  modelDigest = (await plane.variants('Q8_0')).find(({ name }) => name === VARIANT)?.digest ?? '';
  agent = await startAgent({ folder: folder.file('box') });
});

afterAll(async () => {
  await agent.child.kill9();
  await plane.child.kill9();
  await folder.remove();
});

describe('an adapter that a release adds', () => {
  it('is fetched alone, applied without a gap, and left out by `@base`', async () => {
    await agent.serves(await rollOut());
    said.plain = await ask();
    expect(said.plain.fingerprint).toBe(modelDigest);
    const model = await stat(storedFile(modelDigest));

    const revision = await rollOut([{ name: 'shop', scale: 1 }]);
    const answered: string[] = [];
    await agent.until('it serves with the adapter, answering all the while', async (now) => {
      answered.push((await ask()).fingerprint);
      return assistant(now)?.state === 'serving' && assistant(now)?.revision === revision;
    });
    expect(new Set(answered)).toEqual(new Set([modelDigest, `${modelDigest}+${shop.digest}`]));

    said.shop = await ask();
    expect(said.shop.tokens).not.toBe(said.plain.tokens);
    expect(said.shop.fingerprint).toBe(`${modelDigest}+${shop.digest}`);
    expect(await ask('assistant@base')).toEqual(said.plain);
    const after = await stat(storedFile(modelDigest));
    expect([after.ino, after.mtimeMs]).toEqual([model.ino, model.mtimeMs]);
  });

  it('is named by the box, its list of models and the control plane', async () => {
    const named = { name: 'shop', digest: shop.digest, scale: 1 };
    expect(assistant(await agent.status())?.adapter).toEqual(named);
    const list = (await (await fetch(`${agent.url}/v1/models`)).json()) as { data: { id: string }[] };
    expect(list.data.map(({ id }) => id)).toEqual(['assistant', 'assistant@base']);
    const reported = await waitFor(
      async () => (await plane.device(deviceId)).reported.find(({ adapter }) => adapter !== undefined),
      { what: 'the control plane knows the adapter', deadlineMs: 30_000 },
    );
    expect(reported.adapter).toEqual(named);
  });

  it('serves again after a restart, with the control plane gone and nothing to fetch from', async () => {
    const { revision } = assistant(await agent.status()) ?? {};
    await plane.child.stop();
    await agent.child.kill9();
    agent = await startAgent({ folder: folder.file('box') });
    await agent.serves(revision ?? 0);
    expect(await ask()).toEqual(said.shop);
    expect(await ask('assistant@base')).toEqual(said.plain);
    plane = await startPlane({ folder: folder.file('plane'), ports });
  });

  it('gives its place to another, and stays on the disk to go back to', async () => {
    await agent.serves(await rollOut([{ name: 'clinic', scale: 0.5 }]));
    const answer = await ask();
    expect(answer.fingerprint).toBe(`${modelDigest}+${clinic.digest}*0.5`);
    expect([said.plain?.tokens, said.shop?.tokens]).not.toContain(answer.tokens);
    expect(await ask('assistant@base')).toEqual(said.plain);
    const kept = await readdir(join(folder.file('box'), 'models', 'blobs'));
    expect(kept).toEqual(expect.arrayContaining([modelDigest, shop.digest, clinic.digest]));
  });
});

describe('an adapter that is wrong', () => {
  it('is waited for while its bytes are not those that the release names, and the old one serves', async () => {
    const before = await ask();
    const { digest } = await plane.importAdapter('damaged', await adapterFile(3));
    const sound = await readFile(blobFile(digest));
    await writeFile(blobFile(digest), Buffer.from(sound).fill(7, sound.length - 2_000, sound.length - 1_000));
    const revision = await rollOut([{ name: 'damaged', scale: 1 }]);
    const status = await agent.until('it waits', (now) => assistant(now)?.problem !== undefined);
    expect(assistant(status)).toMatchObject({ state: 'changing', problem: { code: 'digest-mismatch' } });
    expect(await ask()).toEqual(before);
    await writeFile(blobFile(digest), sound);
    await agent.serves(revision);
    expect((await ask()).fingerprint).toBe(`${modelDigest}+${digest}`);
  });

  it('never serves where it was signed although it does not fit, and the box says why', async () => {
    const before = await ask();
    // The control plane checks against the file it holds: for a moment that is another model.
    const sound = await readFile(blobFile(modelDigest));
    await writeSynthModel({ shape: 'tiny-reranker', quant: 'q8_0', path: folder.file('other') });
    await writeFile(blobFile(modelDigest), await readFile(folder.file('other')));
    await plane.importAdapter('foreign', await adapterFile(1, 'tiny-reranker'));
    const revision = await rollOut([{ name: 'foreign', scale: 1 }]);
    await writeFile(blobFile(modelDigest), sound);
    const status = await agent.until('it is refused', (now) => assistant(now)?.state === 'blocked');
    expect(assistant(status)).toMatchObject({ targetRevision: revision, problem: { code: 'did-not-fit' } });
    expect(assistant(status)?.problem?.detail).toMatch(/adapter cannot be applied.*qwen3/);
    expect(await ask()).toEqual(before);
    const rollout = await newestRollout();
    if (!OVER.includes(rollout?.state ?? '')) await plane.call('POST', `/v1/rollouts/${rollout?.id}/cancel`);
  });

  it('is taken back when its engine keeps ending', async () => {
    const before = await ask();
    const good = assistant(await agent.status())?.revision;
    const revision = await rollOut([{ name: 'shop', scale: 2 }]);
    await agent.serves(revision);
    const killed = new Set<number>();
    const status = await agent.until(
      'the box went back',
      (now) => {
        const pid = agent.enginePids().at(-1);
        const { state } = assistant(now) ?? {};
        if (state !== 'failed' && pid !== undefined && !killed.has(pid) && killed.size < 4) {
          killed.add(pid);
          process.kill(pid, 'SIGKILL');
        }
        return state === 'failed' && assistant(now)?.revision === good;
      },
      { deadlineMs: 250_000 },
    );
    expect(assistant(status)).toMatchObject({
      targetRevision: revision,
      problem: { code: 'engine-crash-loop' },
    });
    expect(await ask()).toEqual(before);
  });
});
