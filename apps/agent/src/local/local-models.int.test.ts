import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

import { createUploadedBlobs, type InspectModel } from '@flotilla/agent-models';
import type { CreateCall } from '@flotilla/agent-ollama';
import { collectGeneration, createServices, type Deployment } from '@flotilla/agent-serving';
import { createFakeEngines } from '@flotilla/agent-serving/testing';
import { FlotillaError } from '@flotilla/contracts';
import { starterModels } from '@flotilla/starter-models';
import { fakeClock, tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalIndex, type LocalIndex } from './local-index.ts';
import { createLocalModels, type FleetModel, type LocalModels } from './local-models.ts';

/* Real files and a real list; engines and their estimates are as the test says. */
const [starter] = starterModels().filter(({ quantization }) => quantization === 'Q4_0');
const gguf = await readFile(starter?.path ?? '');
const digest = createHash('sha256').update(gguf).digest('hex');
const NEED = 300;

let folder: TempFolder;
let box: Awaited<ReturnType<typeof openBox>>;

async function openBox({
  capBytes = 1_000,
  fleet = [],
  index = createLocalIndex({ path: folder.file('index.json'), clock: fakeClock() }),
  isStarted = true,
  maxBytes = 10_000_000,
}: { capBytes?: number; fleet?: string[]; index?: LocalIndex; isStarted?: boolean; maxBytes?: number } = {}) {
  const engines = createFakeEngines({});
  const services = createServices({ startEngine: engines.startEngine });
  const inspected: number[] = [];
  const told: string[] = [];
  const fleetModels = new Map<string, FleetModel>();
  let inspecting: Promise<void> | undefined;
  let now = 0;
  let most = 0;
  const inspect: InspectModel = async ({ configurations }) => {
    inspected.push(configurations[0]?.contextTokens ?? 0);
    most = Math.max(most, (now += 1));
    await inspecting;
    now -= 1;
    return {
      engineRelease: 'none',
      gpuTypes: [],
      gpus: [],
      facts: { architecture: 'llama', quantization: 'Q4_0' },
      estimates: configurations.map((configuration) => ({
        configuration,
        available: true,
        need: { weightsBytes: NEED, contextBytes: 0, totalBytes: NEED * configuration.sequences },
      })),
    };
  };
  const log = (fields: object, text: string): void => void told.push(`${text} ${JSON.stringify(fields)}`);
  const local = createLocalModels({
    blobs: (inUse) => createUploadedBlobs({ folder: folder.path, maxBytes, inUse, reserveBytes: 0 }),
    index,
    services,
    inspect,
    readRoom: async () => ({ besideBytes: capBytes - 600, aloneBytes: capBytes }),
    readFleetModel: async (name) => fleetModels.get(name),
    usableCores: async () => 2,
    gpu: 'off',
    clock: fakeClock(),
    log: { info: log, warn: log, error: log } as never,
  });
  if (isStarted) await local.start(new Set(fleet));
  return {
    local,
    services,
    inspected,
    told,
    fleetModels,
    mostInspectedAtOnce: () => most,
    holdInspection(until: Promise<void> | undefined) {
      inspecting = until;
    },
    served: () =>
      services
        .served()
        .map(({ service }) => service)
        .sort(),
  };
}

beforeEach(async () => {
  folder = await tempFolder({ name: 'local' });
  box = await openBox();
  await box.local.blobs.receive({ digest, pieces: pieces() });
});
afterEach(async () => {
  await box.services.stop();
  await folder.remove();
});

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield gguf;
}

const signal = (): AbortSignal => new AbortController().signal;
const call = (model: string, more: Partial<CreateCall> = {}) => ({
  model,
  of: { kind: 'file' as const, digest },
  system: undefined,
  license: undefined,
  parameters: {},
  ...more,
});
async function make(local: LocalModels, model: string, more: Partial<CreateCall> = {}): Promise<void> {
  for await (const _step of local.create(call(model, more), { signal: signal() }));
}
const ask = async (service: string, text: string): Promise<string> =>
  (
    await collectGeneration(
      box.services.generate({
        model: service,
        key: 'app',
        signal: signal(),
        request: { messages: [{ role: 'user', content: text }], tools: [], sampling: {}, stop: [] },
      }).events,
    )
  ).text;

function fleetDeployment(service: string): Deployment {
  return {
    id: `fleet.${service}`,
    service,
    variant: 'harbor-1m-q8_0',
    variantDigest: 'cd'.repeat(32),
    defaults: {},
    spec: {
      modelPath: 'fleet',
      modelDigest: 'x',
      contextTokens: 64,
      sequences: 1,
      batchTokens: 8,
      threads: 1,
      gpu: 'off',
      kvCacheType: 'f16',
    },
  };
}

describe('a name', () => {
  it('that the fleet takes is hidden with the reason, and comes back when it is free, over a restart too', async () => {
    const { local, services, served, told } = box;
    await make(local, 'till');
    await make(local, 'other');
    await local.giveWay(['till']);
    await services.activate(fleetDeployment('till'), { signal: signal() });
    expect(await ask('till', 'one two')).toBe('one two');
    expect(services.served().find(({ service }) => service === 'till')?.deployment?.variant).toBe(
      'harbor-1m-q8_0',
    );
    expect(told.join()).toMatch(/hidden: the fleet has its name/);
    await expect(make(local, 'till')).rejects.toMatchObject({ code: 'conflict' });

    await services.stop();
    box = await openBox({ fleet: ['till'] });
    expect(box.served()).toEqual(['other']);
    expect(box.local.find('till')).toMatchObject({ digest });
    await box.local.settle(new Set());
    expect(box.served()).toEqual(['other', 'till']);
    expect(served()).toEqual([]);
  });

  it('that the fleet takes while a model of it is being made is not given to that', async () => {
    const { local, served } = box;
    const held = Promise.withResolvers<void>();
    box.holdInspection(held.promise);
    const making = make(local, 'till');
    await expect.poll(() => box.inspected.length).toBe(1);
    await expect(make(local, 'till')).rejects.toMatchObject({ code: 'conflict', retryable: true });
    await local.settle(new Set(['till']));
    held.resolve();
    await expect(making).rejects.toMatchObject({ code: 'conflict', details: { field: 'model' } });
    expect(served()).toEqual([]);
    expect(local.find('till')).toBeUndefined();
  });

  it('that is made again answers as it was made last, and no request is lost between', async () => {
    const { local, services } = box;
    await make(local, 'mine', { parameters: { num_predict: 1 } });
    expect(await ask('mine', 'one two three')).toBe('one');
    const asking = Promise.all(['a b', 'c d'].map((text) => ask('mine', text)));
    await make(local, 'mine', { parameters: { num_predict: 2 } });
    await asking;
    expect(await ask('mine', 'one two three')).toBe('one two');
    await expect.poll(() => services.deployments().length).toBe(1);
  });
});

describe('a file', () => {
  it('stays while a model names it, and while one is being made of it', async () => {
    const { local } = box;
    await make(local, 'mine');
    await make(local, 'twin', { of: { kind: 'model', model: 'mine' } });
    const held = Promise.withResolvers<void>();
    box.holdInspection(held.promise);
    const making = make(local, 'third', { parameters: { num_ctx: 128 } });
    await expect.poll(() => box.inspected.length).toBe(2);
    await local.remove('mine');
    await local.remove('twin');
    expect(await local.blobs.find(digest)).toBeDefined();
    held.resolve();
    await making;
    await local.remove('third');
    expect(await local.blobs.find(digest)).toBeUndefined();
  });

  it('is measured once for what is made of the same file in the same context', async () => {
    const { local, inspected } = box;
    await make(local, 'mine', { parameters: { num_ctx: 256 } });
    await make(local, 'twin', { of: { kind: 'model', model: 'mine' }, system: 'x' });
    await make(local, 'wide', { of: { kind: 'model', model: 'mine' }, parameters: { num_ctx: 512 } });
    expect(inspected).toEqual([256, 512]);
  });

  it('of the fleet is shared, with what its release says', async () => {
    const { local, fleetModels } = box;
    const path = folder.file('fleet.gguf');
    await writeFile(path, gguf);
    fleetModels.set('assistant', {
      digest,
      path,
      system: 'Be brief.',
      parameters: { num_ctx: 128, top_k: 3 },
    });
    await make(local, 'mine', { of: { kind: 'model', model: 'assistant' }, parameters: { top_k: 5 } });
    expect(local.find('mine')).toMatchObject({
      digest,
      system: 'Be brief.',
      parameters: { num_ctx: 128, top_k: 5 },
      configuration: { contextTokens: 128 },
    });
    await expect(make(local, 'none', { of: { kind: 'model', model: 'llama3' } })).rejects.toMatchObject({
      code: 'not-found',
      details: { field: 'from' },
    });
    await local.remove('mine');
    expect(await readFile(path)).toHaveLength(gguf.length);
  });
});

describe('models that are made at once', () => {
  const manyNames = Array.from({ length: 64 }, (_, at) => `model-${at}`);

  it('are measured one after the other', async () => {
    await Promise.all(['one', 'two', 'three'].map((name) => make(box.local, name)));
    expect(box.mostInspectedAtOnce()).toBe(1);
    expect(box.inspected).toHaveLength(3);
  });

  it('are as many as may be kept, and no more are begun', async () => {
    const { local } = box;
    const made = await Promise.allSettled([...manyNames, 'one-more'].map((name) => make(local, name)));
    expect(made.map(({ status }) => status)).toEqual([...manyNames.map(() => 'fulfilled'), 'rejected']);
    await expect(make(local, 'another')).rejects.toMatchObject({
      code: 'conflict',
      details: { field: 'model' },
    });
    await make(local, 'model-0', { parameters: { num_ctx: 128 } });
    await local.remove('model-1');
    await make(local, 'another');
  });
});

describe('memory', () => {
  it('is taken beside the fleet where there is room, with fewer requests at once', async () => {
    await make(box.local, 'mine');
    expect(box.local.find('mine')?.configuration.sequences).toBe(1);
    expect(box.services.deployments()).toMatchObject([{ isLocal: true, stage: 'sleeping', needBytes: NEED }]);
  });

  it('that is not there refuses the model, with the numbers', async () => {
    await box.services.stop();
    box = await openBox({ capBytes: 200 });
    await box.local.blobs.receive({ digest, pieces: pieces() });
    await expect(make(box.local, 'mine')).rejects.toMatchObject({
      code: 'did-not-fit',
      details: { needBytes: NEED, limitBytes: 200 },
    });
    expect(box.local.find('mine')).toBeUndefined();
  });
});

it('writes nothing over a list that could not be read', async () => {
  await box.services.stop();
  const written: unknown[] = [];
  const index: LocalIndex = {
    read: async () => {
      throw new FlotillaError('forbidden', 'Reading it is not allowed.');
    },
    write: async (models) => void written.push(models),
  };
  await expect(openBox({ index })).rejects.toMatchObject({ code: 'forbidden' });
  box = await openBox({ index, isStarted: false });
  await box.local.blobs.receive({ digest, pieces: pieces() });
  await expect(make(box.local, 'mine')).rejects.toMatchObject({ code: 'unavailable' });
  expect(written).toEqual([]);
});

it.each([
  ['cannot be read', 'forbidden'],
  ['was set aside', 'corrupt-file'],
] as const)('removes no file while the list %s', async (_, code) => {
  await box.services.stop();
  const unread = new FlotillaError(code, 'No list.');
  const index: LocalIndex = {
    async read() {
      if (code === 'corrupt-file') return { models: [], damaged: unread, setAside: 'index.json.damaged' };
      throw unread;
    },
    write: async () => undefined,
  };
  box = await openBox({ index, isStarted: false, maxBytes: gguf.length + 1 });
  await box.local.start(new Set()).catch(() => undefined);
  const other = Buffer.from('another file');
  await expect(
    box.local.blobs.receive({
      digest: createHash('sha256').update(other).digest('hex'),
      pieces: (async function* () {
        yield other;
      })(),
    }),
  ).rejects.toMatchObject({ code: 'too-large' });
  if (code === 'corrupt-file') {
    await make(box.local, 'mine');
    await box.local.remove('mine');
  }
  expect(await box.local.blobs.find(digest)).toBeDefined();
});

it('changes nothing where the list cannot be written', async () => {
  await box.services.stop();
  const full = async (): Promise<void> => {
    throw new FlotillaError('disk-full', 'There is no space left.');
  };
  box = await openBox({ index: { read: async () => ({ models: [] }), write: full } });
  await box.local.blobs.receive({ digest, pieces: pieces() });
  await expect(make(box.local, 'mine')).rejects.toMatchObject({ code: 'disk-full' });
  expect(box.local.find('mine')).toBeUndefined();
  expect(box.served()).toEqual([]);
});
