import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CostReport } from '@flotilla/contracts';
import { starterModels } from '@flotilla/starter-models';
import { tempFolder, type TempFolder } from '@flotilla/testkit';
import { Ollama } from 'ollama';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { joinAgent, startAgent, type AgentProcess } from './agent-process.ts';
import { freePlanePorts, startPlane, type PlaneProcess } from './plane-process.ts';

/* A real control plane, and a real box whose owner allows local models beside the fleet's services. */
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const env = { FLOTILLA_LOCAL_MODELS: 'true' };
const [own] = starterModels().filter(({ quantization }) => quantization === 'Q4_0');
let folder: TempFolder;
let plane: PlaneProcess;
let agent: AgentProcess;
let client: Ollama;

async function start(): Promise<void> {
  agent = await startAgent({ folder: folder.file('box'), env });
  client = new Ollama({ host: agent.url });
}

beforeAll(async () => {
  folder = await tempFolder({ name: 'local-and-fleet' });
  plane = await startPlane({ folder: folder.file('plane'), ports: await freePlanePorts() });
  await joinAgent({ token: await plane.joinToken(), folder: folder.file('box') });
  await start();
});
afterAll(async () => {
  await agent.child.kill9();
  await plane.child.kill9();
  await folder.remove();
});

const digestOf = async (name: string): Promise<string | undefined> =>
  (await client.list()).models.find((model) => model.name === `${name}:latest`)?.digest;
const ask = (model: string) =>
  client.chat({ model, messages: [{ role: 'user', content: 'lock the door' }], options: { num_predict: 4 } });

it('a model is made of the fleet’s service, shares its file, and does not go with it', async () => {
  const { release } = await plane.release();
  await plane.rollOut(`assistant@${release.revision}`);
  await agent.serves(release.revision);
  await client.copy({ source: 'assistant', destination: 'mine' });
  const digest = (await digestOf('assistant')) ?? '';
  expect(await digestOf('mine')).toBe(digest);
  const at = (store: string): string => join(folder.file('box'), store, 'blobs', digest);
  expect((await stat(at('local-models'))).ino).toBe((await stat(at('models'))).ino);
  expect((await client.show({ model: 'mine' })).system).toBe(release.systemPrompt);
  expect((await ask('mine')).message.content).not.toBe('');
  await client.delete({ model: 'mine' });
  await expect(stat(at('local-models'))).rejects.toThrow('ENOENT');
  expect((await ask('assistant')).message.content).not.toBe('');
});

it('a name that the fleet serves is nobody else’s, and its services are not deleted from the box', async () => {
  await expect(client.copy({ source: 'assistant', destination: 'assistant' })).rejects.toMatchObject({
    status_code: 409,
  });
  const [variant] = await plane.variants('Q8_0');
  expect(variant?.name).toMatch(/^harbor/);
  await expect(client.create({ model: 'assistant:latest', from: 'assistant' })).rejects.toMatchObject({
    status_code: 409,
  });
  await expect(client.delete({ model: 'assistant' })).rejects.toMatchObject({ status_code: 403 });
});

it('a model whose name the fleet takes is hidden, and its file outlives what the fleet collects', async () => {
  const sent = await fetch(`${agent.url}/api/blobs/sha256:${own?.sha256}`, {
    method: 'POST',
    body: new Uint8Array(await readFile(own?.path ?? '')),
  });
  expect(sent.status).toBe(201);
  for (const model of ['helper', 'keepsake']) {
    const files = { 'own.gguf': `sha256:${own?.sha256}` };
    await client.create({ model, ...({ files } as object) });
    expect((await ask(model)).message.content).not.toBe('');
  }
  expect(await digestOf('helper')).toBe(own?.sha256);
  await plane.release({ service: 'helper' });
  await plane.rollOut('helper@1');
  await agent.until('the fleet’s helper serves', ({ services }) =>
    services.some(({ service, state }) => service === 'helper' && state === 'serving'),
  );
  expect(await digestOf('helper')).not.toBe(own?.sha256);
  expect(await digestOf('keepsake')).toBe(own?.sha256);
  await agent.child.kill9();
  await start();
  await agent.until('both serve again', ({ services }) => services.every(({ state }) => state === 'serving'));
  await expect.poll(() => digestOf('keepsake'), { timeout: 60_000 }).toBe(own?.sha256);
  expect(await digestOf('helper')).not.toBe(own?.sha256);
  expect((await ask('keepsake')).message.content).not.toBe('');
});

it('the fleet has the memory first where not all fit', async () => {
  await agent.child.kill9();
  agent = await startAgent({ folder: folder.file('box'), env, args: ['--memory-cap', '300MB'] });
  client = new Ollama({ host: agent.url });
  const loaded = async (): Promise<string[]> => (await client.ps()).models.map(({ name }) => name);
  await expect.poll(() => digestOf('keepsake'), { timeout: 60_000 }).toBe(own?.sha256);
  await agent.until('one of the fleet is loaded', async ({ services }) =>
    services.some(({ state }) => state === 'serving'),
  );
  expect(await loaded()).not.toContain('keepsake:latest');
  expect((await ask('keepsake')).message.content).not.toBe('');
  expect(await loaded()).toEqual(['keepsake:latest']);
  expect((await ask('assistant')).message.content).not.toBe('');
  expect(await loaded()).toEqual(['assistant:latest']);
  const answers = await Promise.all(['keepsake', 'assistant', 'keepsake', 'helper'].map(ask));
  expect(answers.every(({ done }) => done)).toBe(true);
});

it('the control plane counts what local models did as `local`, and never hears their names', async () => {
  const read = async (): Promise<string> => {
    const range = `from=${Date.now() - 3_600_000}&to=${Date.now() + 60_000}`;
    return JSON.stringify(await plane.call('GET', `/v1/cost?by=service&${range}`));
  };
  await vi.waitFor(async () => expect(await read()).toContain('"key":"local"'), {
    timeout: 120_000,
    interval: 500,
  });
  const report = CostReport.parse(JSON.parse(await read()));
  expect(report.lines.find(({ key }) => key === 'local')).toMatchObject({ label: 'local' });
  expect(report.lines.map(({ key }) => key)).not.toContain('keepsake');
  expect(plane.child.output()).not.toContain('keepsake');
  // Whatever came over MQTT, reports and rows of telemetry among them, is kept there.
  const kept = await readdir(folder.file('plane'), { recursive: true, withFileTypes: true });
  const files = kept.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const told = await Promise.all(files.map((path) => readFile(path)));
  expect(told.some((bytes) => bytes.includes('"service":"local"'))).toBe(true);
  expect(files.filter((_, at) => told[at]?.includes('keepsake'))).toEqual([]);
});
