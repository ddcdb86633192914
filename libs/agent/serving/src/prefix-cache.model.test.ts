import { readdir, truncate } from 'node:fs/promises';
import { smallDisk, tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeTinyModel, type TinyModel } from '../test/tiny-model.ts';
import { collectGeneration } from './collect.ts';
import type { Engine, EngineSpec } from './engine.ts';
import { startForkedEngine } from './forked-engine.ts';

const SYSTEM =
  'You are the voice of a cold store. You answer in one short sentence and name the room. '.repeat(2);
const { signal } = new AbortController();
const canMount = process.platform === 'linux' && process.getuid?.() === 0;

let model: TinyModel;
let folder: TempFolder;
beforeAll(async () => {
  model = await writeTinyModel();
});
afterAll(() => model.remove());
beforeEach(async () => {
  folder = await tempFolder({ name: 'prefix' });
});
afterEach(() => folder.remove());

const spec = (changes: Partial<EngineSpec> = {}): EngineSpec =>
  model.spec({
    prefixCache: { folder: folder.path, systemPrompt: SYSTEM, mostBytes: 2 ** 28 },
    ...changes,
  });

async function withEngine<Value>(
  work: (engine: Engine) => Promise<Value>,
  changes?: Partial<EngineSpec>,
): Promise<Value> {
  const engine = await startForkedEngine(spec(changes), { signal });
  try {
    return await work(engine);
  } finally {
    await engine.stop();
  }
}

const ask = (engine: Engine, text: string, system = SYSTEM) =>
  collectGeneration(
    engine.generate(
      {
        messages: [
          { role: 'system', content: system },
          { role: 'user', content: text },
        ],
        tools: [],
        stop: [],
        sampling: {},
        maxTokens: 16,
      },
      { signal },
    ),
  );

const files = async (): Promise<string[]> =>
  (await readdir(folder.path)).filter((name) => /^[0-9a-f]+\.(state|json)$/.test(name));
/** The first answer leaves the state behind, a moment after it ended. */
const leaveState = (changes?: Partial<EngineSpec>) =>
  withEngine(async (engine) => {
    const answer = await ask(engine, 'is the door shut?');
    await expect.poll(async () => (await files()).length, { timeout: 30_000 }).toBeGreaterThanOrEqual(2);
    return answer;
  }, changes);

/** Tokens of the prompt that are the system's alone. */
const systemTokens = (engine: Engine) => engine.tokenize(SYSTEM).then((tokens) => tokens.length);

describe('the state of a system prompt', () => {
  it('is there after a restart: the first request reads only what is its own, to the same text', async () => {
    const before = await leaveState();
    expect(before.usage.cachedTokens).toBe(0);
    await withEngine(async (engine) => {
      const after = await ask(engine, 'is the door shut?');
      expect(after.usage.cachedTokens).toBeGreaterThanOrEqual(await systemTokens(engine));
      expect(after.usage.cachedTokens).toBeLessThan(after.usage.promptTokens);
      expect(after.text).toBe(before.text);
    });
  });

  it('comes to every sequence, also to one that held another conversation', async () => {
    await leaveState({ sequences: 3 });
    await withEngine(
      async (engine) => {
        const least = await systemTokens(engine);
        const together = await Promise.all(['one?', 'two?', 'three?'].map((text) => ask(engine, text)));
        for (const { usage } of together) expect(usage.cachedTokens).toBeGreaterThanOrEqual(least);
        await Promise.all(
          ['x', 'y', 'z'].map((text) => ask(engine, text, `${text} is another prompt `.repeat(8))),
        );
        const again = await ask(engine, 'four?');
        expect(again.usage.cachedTokens).toBeGreaterThanOrEqual(least);
      },
      { sequences: 3 },
    );
  });

  it('is dropped and read anew when its file is cut short', async () => {
    const before = await leaveState();
    const state = (await files()).find((name) => name.endsWith('.state')) ?? '';
    await truncate(folder.file(state), 1_000);
    const after = await leaveState();
    expect(after.usage.cachedTokens).toBe(0);
    expect(after.text).toBe(before.text);
  });

  it('is not taken for another context, nor for another prompt', async () => {
    await leaveState();
    await withEngine(
      async (engine) => expect((await ask(engine, 'is the door shut?')).usage.cachedTokens).toBe(0),
      { contextTokens: 256 },
    );
    await withEngine(async (engine) =>
      expect((await ask(engine, 'is it?', 'Another prompt.')).usage.cachedTokens).toBeLessThan(32),
    );
  });

  it('may be off, and a folder that cannot be made harms nobody', async () => {
    await withEngine(async (engine) => void (await ask(engine, 'hello')), { prefixCache: undefined });
    expect(await files()).toEqual([]);
    const impossible = { folder: '/proc/flotilla', systemPrompt: SYSTEM, mostBytes: 2 ** 28 };
    await withEngine(async (engine) => expect((await ask(engine, 'hello')).usage.completionTokens).toBe(16), {
      prefixCache: impossible,
    });
  });

  it.skipIf(!canMount)(
    'is left out where the disk is full, and every answer comes all the same',
    async () => {
      const disk = await smallDisk({ bytes: 16_384 });
      if (disk === undefined) expect.fail('no file system in memory may be mounted');
      const prefixCache = { folder: disk.path, systemPrompt: SYSTEM, mostBytes: 2 ** 28 };
      await withEngine(
        async (engine) => {
          const first = await ask(engine, 'is the door shut?');
          // The state is written before the next request is admitted.
          expect((await ask(engine, 'is the door shut?')).text).toBe(first.text);
          expect((await ask(engine, 'and the lamp?')).usage.completionTokens).toBe(16);
        },
        { prefixCache },
      );
      expect(await readdir(disk.path)).toEqual([]);
      await disk.remove();
    },
  );
});
