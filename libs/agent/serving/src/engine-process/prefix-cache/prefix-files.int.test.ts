import { createHash } from 'node:crypto';
import { readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tempFolder, type TempFolder } from '@flotilla/testkit';
import { oneAtATime } from '@flotilla/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPrefixFiles } from './prefix-files.ts';
import { prefixKey, tokensDigest, type PrefixIdentity } from './prefix-identity.ts';

const identity: PrefixIdentity = {
  modelDigest: 'a'.repeat(64),
  adapter: null,
  engineRelease: 'v1',
  contextTokens: 512,
  sequences: 4,
  kvCacheType: 'f16',
  gpu: 'cpu',
  gpuLayers: 0,
  arch: 'x64',
  tokensDigest: tokensDigest([1, 2, 3]),
};

let temp: TempFolder;
beforeEach(async () => {
  temp = await tempFolder({ name: 'prefix' });
});
afterEach(() => temp.remove());

const open = (changes: Partial<PrefixIdentity> = {}, mostBytes = 1_000) =>
  createPrefixFiles({
    compute: oneAtATime(),
    folder: temp.file('states'),
    identity: { ...identity, ...changes },
    tokens: 3,
    mostBytes,
  });
const fill = (text: string) => (path: string) => writeFile(path, text);
const names = async () => (await readdir(temp.file('states'))).sort();

describe('the files of a system prompt’s state', () => {
  it('are found again by another process, with modes that keep others out', async () => {
    await open().keep(fill('state'));
    const path = await open().find();
    expect(await readFile(path ?? '', 'utf8')).toBe('state');
    expect((await stat(temp.file('states'))).mode & 0o777).toBe(0o700);
    for (const name of await names())
      expect((await stat(temp.file('states', name))).mode & 0o777).toBe(0o600);
  });

  it.each<[string, Partial<PrefixIdentity>]>([
    ['model', { modelDigest: 'b'.repeat(64) }],
    ['engine release', { engineRelease: 'v2' }],
    ['context', { contextTokens: 1_024 }],
    ['number of sequences', { sequences: 3 }],
    ['cache type', { kvCacheType: 'q8_0' }],
    ['adapter', { adapter: 'ab12*1' }],
    ['backend', { gpu: 'vulkan' }],
    ['prompt', { tokensDigest: tokensDigest([1, 2, 4]) }],
  ])('are not those of another %s', async (_what, change) => {
    await open().keep(fill('state'));
    expect(await open(change).find()).toBeUndefined();
    expect(await open().find()).toBeDefined();
  });

  it('are deleted and not given when cut short, changed, foreign or without a header', async () => {
    const key = prefixKey(identity);
    const state = temp.file('states', `${key}.state`);
    const header = temp.file('states', `${key}.json`);
    const harms: (() => Promise<void>)[] = [
      () => truncate(state, 3),
      () => writeFile(state, 'stats'),
      () => writeFile(header, '{'),
      async () => {
        const foreign = JSON.parse(await readFile(header, 'utf8')) as { identity: PrefixIdentity };
        foreign.identity.modelDigest = 'c'.repeat(64);
        await writeFile(header, JSON.stringify(foreign));
      },
      async () => {
        const other = JSON.parse(await readFile(header, 'utf8')) as Record<string, unknown>;
        await writeFile(header, JSON.stringify({ ...other, tokens: 4 }));
      },
    ];
    for (const harm of harms) {
      await open().keep(fill('state'));
      await harm();
      expect(await open().find()).toBeUndefined();
      expect(await names()).toEqual([]);
    }
  });

  it('are looked at anew when somebody wrote to them after they were found right', async () => {
    const files = open();
    await files.keep(fill('state'));
    expect(await files.find()).toBeDefined();
    await writeFile(temp.file('states', `${prefixKey(identity)}.state`), 'STATE');
    expect(await files.find()).toBeUndefined();
  });

  it('leave nothing when the writing fails or the bound is too small', async () => {
    await expect(open().keep(() => Promise.reject(new TypeError('disk')))).rejects.toThrow('disk');
    await expect(open({}, 4).keep(fill('state'))).rejects.toThrow(/5 bytes/);
    expect(await names()).toEqual([]);
  });

  it('stay within the bound: the longest unused go, and parts of a write that ended an hour ago', async () => {
    const others = ['1', '2', '3'].map((release) => ({ engineRelease: release }));
    for (const other of others) await open(other, 10_000).keep(fill('x'.repeat(100)));
    const keys = others.map((other) => prefixKey({ ...identity, ...other }));
    for (const [age, key] of keys.entries())
      for (const end of ['state', 'json'])
        await utimes(temp.file('states', `${key}.${end}`), 1_000 + age, 1_000 + age);
    const part = `${createHash('sha256').update('part').digest('hex')}.99.part`;
    await writeFile(temp.file('states', part), 'half');
    await utimes(temp.file('states', part), 1, 1);
    await writeFile(temp.file('states', 'notes.txt'), 'somebody else’s');
    const sizes = await Promise.all(
      ['state', 'json'].map(async (end) => (await stat(temp.file('states', `${keys[0] ?? ''}.${end}`))).size),
    );
    const one = sizes.reduce((sum, size) => sum + size, 0);
    await open({}, one * 2).collectGarbage();
    expect(await names()).toEqual(
      [...keys.slice(1).flatMap((key) => [`${key}.json`, `${key}.state`]), 'notes.txt'].sort(),
    );
  });
});
