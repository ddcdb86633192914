import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { writeSynthAdapter } from '@flotilla/foundry';
import { starterModels } from '@flotilla/starter-models';
import { tempFolder, type TempFolder } from '@flotilla/testkit';
import { Ollama, type CreateRequest } from 'ollama';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startAgent, type AgentProcess } from './agent-process.ts';

/* A real agent that has joined no fleet, real engines, and Ollama's own client. */
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const LOCAL = { FLOTILLA_LOCAL_MODELS: 'true', FLOTILLA_LOG_LEVEL: 'debug' };
const [starter] = starterModels().filter(({ quantization }) => quantization === 'Q8_0');
const gguf = await readFile(starter?.path ?? '');
const digest = starter?.sha256 ?? '';

let folder: TempFolder;
let agent: AgentProcess;
let client: Ollama;
/** What every agent of this test has logged so far. */
const logs: (() => string)[] = [];

async function start(env: Record<string, string> = LOCAL): Promise<void> {
  const started = await startAgent({ folder: folder.file('box'), env });
  logs.push(() => started.child.output());
  agent = started;
  client = new Ollama({ host: agent.url });
}

beforeAll(async () => {
  folder = await tempFolder({ name: 'local-models' });
  await start();
});
afterAll(async () => {
  await agent.child.kill9();
  await folder.remove();
});

const send = (bytes: Uint8Array, as: string): Promise<Response> =>
  fetch(`${agent.url}/api/blobs/sha256:${as}`, { method: 'POST', body: new Uint8Array(bytes) });
const isThere = async (as: string): Promise<boolean> =>
  (await fetch(`${agent.url}/api/blobs/sha256:${as}`, { method: 'HEAD' })).ok;
/** The client's own types do not know `files` yet; it sends what it is given. */
const fromFile = (model: string, more: object = {}): CreateRequest & { stream?: false } => ({
  model,
  ...({ files: { 'tiny.gguf': `sha256:${digest}` }, ...more } as object),
});
const names = async (): Promise<string[]> => (await client.list()).models.map(({ name }) => name).sort();
const ask = (model: string, tokens = 6) =>
  client.chat({
    model,
    messages: [{ role: 'user', content: 'open the door' }],
    options: { num_predict: tokens },
  });
const filesOf = (part: string): Promise<string[]> => readdir(join(folder.file('box'), 'local-models', part));
/** The starter model with one key of its header under a name that nobody looks for. */
function withoutKey(key: string): Buffer {
  const changed = Buffer.from(gguf);
  changed.write('Z', gguf.indexOf(key) + key.length - 1);
  return changed;
}
async function adapterFile(): Promise<Buffer> {
  const path = folder.file('adapter.gguf');
  await writeSynthAdapter({ shape: 'tiny', path });
  return readFile(path);
}
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('a model of one’s own', () => {
  it('is made of a GGUF that was sent, and answers', async () => {
    expect(await isThere(digest)).toBe(false);
    expect((await send(gguf, digest)).status).toBe(201);
    expect(await isThere(digest)).toBe(true);
    const told: string[] = [];
    for await (const { status } of await client.create({
      ...fromFile('mine', {
        system: 'You run a shop.',
        license: 'Own work',
        parameters: { temperature: 0, num_ctx: 512, stop: 'zzz' },
      }),
      stream: true,
    }))
      told.push(status);
    expect(told.at(-1)).toBe('success');
    expect(await names()).toEqual(['mine:latest']);
    expect((await client.ps()).models).toEqual([]);
    const answer = await ask('mine');
    expect([answer.model, answer.done]).toEqual(['mine', true]);
    expect(answer.message.content).not.toBe('');
    expect((await client.ps()).models).toMatchObject([{ name: 'mine:latest', context_length: 512 }]);
    const listed = await fetch(`${agent.url}/v1/models`);
    expect(((await listed.json()) as { data: { id: string }[] }).data.map(({ id }) => id)).toEqual(['mine']);
  });

  it('is shown with what was said of it', async () => {
    const shown = await client.show({ model: 'mine' });
    expect(shown).toMatchObject({ license: 'Own work', system: 'You run a shop.' });
    expect(shown.details.quantization_level).toBe('Q8_0');
    expect(shown.modelfile).toContain('PARAMETER stop "zzz"');
    expect(shown.parameters).toContain('num_ctx 512');
  });

  it('takes its system prompt and parameters to what is made of it', async () => {
    await client.create({ model: 'terse:7b', from: 'mine', parameters: { num_predict: 2 } });
    expect((await client.show({ model: 'terse:7b' })).system).toBe('You run a shop.');
    const { eval_count, prompt_eval_count } = await client.chat({
      model: 'terse:7b',
      messages: [{ role: 'user', content: 'open the door' }],
    });
    expect(eval_count).toBeLessThanOrEqual(2);
    const bare = await client.chat({
      model: 'terse:7b',
      messages: [
        { role: 'system', content: 'x' },
        { role: 'user', content: 'open the door' },
      ],
    });
    expect(prompt_eval_count).toBeGreaterThan(bare.prompt_eval_count);
  });

  it('is copied, and shares its file with the copy', async () => {
    await client.copy({ source: 'mine', destination: 'twin2.5' });
    expect(await names()).toEqual(['mine:latest', 'terse:7b', 'twin2.5:latest']);
    expect(await filesOf('blobs')).toEqual([digest]);
    const [one, other] = [await ask('mine'), await ask('twin2.5')];
    expect(other.message.content).toBe(one.message.content);
  });

  it('is there after a restart, in a list that only its user may read', async () => {
    const before = await client.show({ model: 'terse:7b' });
    await agent.child.kill9();
    const index = join(folder.file('box'), 'local-models', 'index.json');
    expect((await stat(index)).mode & 0o777).toBe(0o600);
    await start();
    await expect.poll(names, { timeout: 60_000 }).toEqual(['mine:latest', 'terse:7b', 'twin2.5:latest']);
    expect((await client.ps()).models).toEqual([]);
    expect(await client.show({ model: 'terse:7b' })).toMatchObject({ modelfile: before.modelfile });
    expect((await ask('twin2.5')).message.content).not.toBe('');
  });

  it('is up to date when it is pulled, and nothing else is', async () => {
    expect((await client.pull({ model: 'mine' })).status).toBe('success');
    await expect(client.pull({ model: 'llama3' })).rejects.toMatchObject({ status_code: 404 });
    await expect(client.push({ model: 'mine' })).rejects.toMatchObject({ status_code: 403 });
  });

  it('ends its answer when it is deleted, and answers no other', async () => {
    const stream = await client.chat({
      model: 'twin2.5',
      messages: [{ role: 'user', content: 'on and on' }],
      stream: true,
      format: { type: 'array', items: { type: 'integer' }, minItems: 60 },
      options: { num_predict: 120, temperature: 0 },
    });
    let pieces = 0;
    let tokens = 0;
    for await (const part of stream) {
      pieces += 1;
      if (part.done) tokens = part.eval_count;
      if (pieces === 3) {
        await client.delete({ model: 'twin2.5' });
        await expect(ask('twin2.5')).rejects.toMatchObject({ status_code: 404 });
      }
    }
    expect(tokens).toBeGreaterThan(60);
    expect(await names()).toEqual(['mine:latest', 'terse:7b']);
    expect(await isThere(digest)).toBe(true);
  });

  it('takes its file with it when it was the last to name it', async () => {
    await client.delete({ model: 'terse:7b' });
    await client.delete({ model: 'mine' });
    expect(await names()).toEqual([]);
    expect(await filesOf('blobs')).toEqual([]);
    await expect(client.delete({ model: 'mine' })).rejects.toMatchObject({ status_code: 404 });
  });

  it('is nowhere in the log or the metrics by its name', async () => {
    const metrics = await (await fetch(`${agent.url}/metrics`)).text();
    expect(metrics).toContain('flotilla_requests_total{service="local"');
    expect(logs.length).toBeGreaterThan(1);
    for (const text of [metrics, ...logs.map((read) => read())])
      expect(text).not.toMatch(/\bmine\b|terse|twin/);
  });
});

describe('what is refused', () => {
  beforeAll(async () => {
    expect((await send(gguf, digest)).status).toBe(201);
  });

  it('is a file whose bytes are others than its name says, and half of one', async () => {
    const other = sha256(Buffer.from('other'));
    const wrong = await send(gguf, other);
    expect([wrong.status, ((await wrong.json()) as { code: string }).code]).toEqual([422, 'digest-mismatch']);
    expect((await send(gguf.subarray(0, gguf.length / 2), other)).status).toBe(422);
    expect(await isThere(other)).toBe(false);
    expect(await filesOf('arriving')).toEqual([]);
  });

  it('is what a client sends that leaves in the middle', async () => {
    const whole = Buffer.alloc(64_000_000, 7);
    const gone = new AbortController();
    const body = (async function* () {
      yield whole.subarray(0, 32_000_000);
      await vi.waitFor(async () => expect(await filesOf('arriving')).toHaveLength(1));
      gone.abort();
    })();
    const path = `/api/blobs/sha256:${sha256(whole)}`;
    const init = { method: 'POST', body: Readable.from(body), duplex: 'half', signal: gone.signal };
    await expect(fetch(agent.url + path, init as RequestInit)).rejects.toThrow(/abort/i);
    await expect.poll(() => filesOf('arriving')).toEqual([]);
    expect(await isThere(sha256(whole))).toBe(false);
  });

  it.skipIf(process.platform !== 'linux')(
    'is no file for its size: a large one takes little memory',
    async () => {
      const peak = async (): Promise<number> =>
        Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${agent.child.pid}/status`, 'utf8'))?.[1]) *
        1_024;
      const piece = Buffer.alloc(1_000_000, 3);
      const pieces = Array.from({ length: 400 }, () => piece);
      const hash = createHash('sha256');
      for (const one of pieces) hash.update(one);
      const as = hash.digest('hex');
      await writeFile(`/proc/${agent.child.pid}/clear_refs`, '5'); // the peak begins anew
      const before = await peak();
      const init = { method: 'POST', body: Readable.from(pieces), duplex: 'half' };
      expect((await fetch(`${agent.url}/api/blobs/sha256:${as}`, init as RequestInit)).status).toBe(201);
      expect(await isThere(as)).toBe(true);
      expect((await peak()) - before).toBeLessThan(100_000_000);
    },
  );

  it('is a file that is no model', async () => {
    const text = Buffer.from('GGUF is what this is not');
    expect((await send(text, sha256(text))).status).toBe(201);
    const files = { 'x.gguf': `sha256:${sha256(text)}` };
    await expect(client.create(fromFile('odd', { files }))).rejects.toThrow(/sound GGUF/);
    const cut = gguf.subarray(0, gguf.length - 100_000);
    expect((await send(cut, sha256(cut))).status).toBe(201);
    await expect(
      client.create(fromFile('odd', { files: { 'x.gguf': `sha256:${sha256(cut)}` } })),
    ).rejects.toThrow(/sound GGUF/);
    expect(await names()).toEqual([]);
  });

  it.each([
    ['is an adapter', async () => adapterFile(), /is an adapter/],
    [
      'lacks what its architecture needs',
      async () => withoutKey('llama.block_count'),
      /cannot read the model/,
    ],
    ['ends the process that reads it', async () => withoutKey('llama.feed_forward_length'), /ended twice/],
  ])('is a sound file that %s', async (_, made, why) => {
    const bytes = await made();
    expect((await send(bytes, sha256(bytes))).status).toBe(201);
    const files = { 'x.gguf': `sha256:${sha256(bytes)}` };
    await expect(client.create(fromFile('odd', { files }))).rejects.toMatchObject({
      status_code: 422,
      error: expect.stringMatching(why) as string,
    });
    expect(await names()).toEqual([]);
  });

  it.each([
    ['a path in the name', { model: '../../etc/x' }, 400],
    ['a name that the adapter’s absence has', { model: 'mine@base' }, 400],
    ['a file that was never sent', { files: { a: `sha256:${'0'.repeat(64)}` } }, 404],
    ['a digest that is a path', { files: { a: 'sha256:../../../etc/passwd' } }, 400],
    ['two files', { files: { a: `sha256:${'0'.repeat(64)}`, b: `sha256:${'1'.repeat(64)}` } }, 400],
    ['a quantization', { quantize: 'q4_0' }, 400],
    ['a template', { template: '{{ .Prompt }}' }, 400],
    ['a sampler that is not there', { parameters: { mirostat: 2 } }, 400],
    ['a system prompt without end', { system: 'x'.repeat(40_000) }, 400],
    ['a giant body', { license: 'x'.repeat(9_000_000) }, 413],
    ['a context that is none', { parameters: { num_ctx: 2 } }, 400],
  ])('is %s', async (_, more, status) => {
    await expect(client.create(fromFile('mine', more))).rejects.toMatchObject({ status_code: status });
    expect(await names()).toEqual([]);
  });

  it('is the second of two that are made under one name at once', async () => {
    const made = await Promise.allSettled([client.create(fromFile('race')), client.create(fromFile('race'))]);
    expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(made.find((one) => one.status === 'rejected')?.reason).toMatchObject({ status_code: 409 });
    await client.delete({ model: 'race' });
  });
});

it('sets a list aside that it cannot read, keeps the files, and starts', async () => {
  await send(gguf, digest);
  await client.create(fromFile('kept'));
  await agent.child.kill9();
  const local = join(folder.file('box'), 'local-models');
  await writeFile(join(local, 'index.json'), '{"v":1,"models":[{');
  await start();
  expect(await names()).toEqual([]);
  const setAside = (await readdir(local)).find((name) => name.startsWith('index.json.damaged-')) ?? '';
  expect(agent.child.output()).toContain(setAside);
  await agent.child.kill9();
  await start();
  expect(agent.child.output()).toContain(setAside);
  await client.create(fromFile('again')); // of the very file
  await rm(join(local, setAside));
  await client.delete({ model: 'again' });
});

it('keeps to the bound of the device, and makes room of what no model names', async () => {
  await agent.child.kill9();
  await start({ ...LOCAL, FLOTILLA_LOCAL_MODELS_MAX_BYTES: `${gguf.length + 1_000}` });
  const other = Buffer.concat([gguf, Buffer.alloc(500)]);
  expect((await send(other, sha256(other))).status).toBe(201);
  expect(await isThere(digest)).toBe(false);
  await client.create(fromFile('whole', { files: { a: `sha256:${sha256(other)}` } }));
  const refused = await send(gguf, digest);
  expect([refused.status, await refused.json()]).toMatchObject([413, { code: 'too-large' }]);
  expect((await ask('whole')).done).toBe(true);
});

it('refuses with the numbers what the memory of the device does not hold', async () => {
  await agent.child.kill9();
  await start({ ...LOCAL, FLOTILLA_MEMORY_CAP: '50MB' });
  await client.delete({ model: 'whole' });
  await send(gguf, digest);
  await expect(client.create(fromFile('wide'))).rejects.toThrow(/needs at least .* may be taken/);
  const whole = client.create({ ...fromFile('wide'), stream: false });
  await expect(whole).rejects.toMatchObject({ status_code: 507 });
  expect(await names()).toEqual([]);
});

it('is off by default, and says what would allow it', async () => {
  await agent.child.kill9();
  await start({});
  expect(await names()).toEqual([]);
  for (const change of [
    () => client.create(fromFile('mine')),
    () => client.copy({ source: 'a', destination: 'b' }),
    () => client.delete({ model: 'whole' }),
    () => client.pull({ model: 'whole' }),
  ])
    await expect(change()).rejects.toMatchObject({
      status_code: 403,
      error: expect.stringContaining('localModels.allowed') as string,
    });
  expect((await send(gguf, digest)).status).toBe(403);
});
