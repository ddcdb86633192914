import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { WireResponse } from '@flotilla/agent-openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openResponseStore, type KeptResponse, type ResponseStore } from './response-store.ts';

let folder: string;
let path: string;
let time = 1_000_000;
const open: ResponseStore[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-responses-'));
  path = join(folder, 'responses.db');
});
afterEach(async () => {
  for (const store of open.splice(0)) store.close();
  await rm(folder, { recursive: true, force: true });
});

function openStore(options: { keepMs?: number; maxBytes?: number } = {}): ResponseStore {
  const store = openResponseStore({
    path,
    keepMs: options.keepMs ?? 60_000,
    maxBytes: options.maxBytes ?? 1_000_000,
    now: () => time,
  });
  open.push(store);
  return store;
}

const kept = (id: string, text = 'hello'): KeptResponse => ({
  response: { id, previous_response_id: null, output: [] } as unknown as WireResponse,
  input: [{ id: 'msg_1', type: 'message', role: 'user', text }],
});

describe('the response store', () => {
  it('gives a response back to its owner only, over a restart too', () => {
    const first = openStore();
    expect(first.keep('till', kept('resp_1'))).toBe(true);
    expect(first.find({ id: 'resp_1', owner: 'other' })).toBeUndefined();
    first.close();
    open.pop();
    expect(openStore().find({ id: 'resp_1', owner: 'till' })).toEqual(kept('resp_1'));
  });

  it('forgets one, or all of an owner', () => {
    const store = openStore();
    for (const id of ['a', 'b', 'c']) store.keep('till', kept(id));
    store.keep('other', kept('d'));
    expect(store.forget({ id: 'a', owner: 'other' })).toBe(false);
    expect(store.forget({ id: 'a', owner: 'till' })).toBe(true);
    expect(store.forgetAll('till')).toBe(2);
    expect(store.find({ id: 'd', owner: 'other' })).toBeDefined();
  });

  it('finds the newest response that has an item, for its owner, and none that was forgotten', () => {
    const store = openStore();
    for (const id of ['a', 'b']) store.keep('till', kept(id));
    const found = (owner = 'till') => store.responseWith({ id: 'msg_1', owner });
    expect([found(), found('other')]).toEqual(['b', undefined]);
    store.forget({ id: 'b', owner: 'till' });
    expect(found()).toBe('a');
    store.forgetAll('till');
    expect(found()).toBeUndefined();
  });

  it('leaves nothing of what was forgotten in its files', async () => {
    const store = openStore();
    store.keep('till', kept('a', 'my secret words'));
    expect(await allBytes()).toContain('my secret words');
    store.forgetAll('till');
    expect(await allBytes()).not.toContain('my secret words');
  });

  it('lets the oldest give way, and takes none that is larger than the whole', () => {
    const store = openStore({ maxBytes: 1_100 });
    for (const id of ['a', 'b', 'c', 'd']) expect(store.keep('till', kept(id, 'x'.repeat(200)))).toBe(true);
    const found = ['a', 'b', 'c', 'd'].map((id) => store.find({ id, owner: 'till' }) !== undefined);
    expect(found).toEqual([false, true, true, true]);
    expect(store.keep('till', kept('e', 'x'.repeat(2_000)))).toBe(false);
    expect(store.find({ id: 'd', owner: 'till' })).toBeDefined();
  });

  it('keeps for so long and no longer', () => {
    const store = openStore({ keepMs: 500 });
    store.keep('till', kept('a'));
    time += 501;
    expect(store.find({ id: 'a', owner: 'till' })).toBeUndefined();
    expect(store.responseWith({ id: 'msg_1', owner: 'till' })).toBeUndefined();
    expect(openStore({ keepMs: 0 }).keep('till', kept('b'))).toBe(false);
  });

  it('is a file that nobody else may read', async () => {
    openStore().keep('till', kept('a'));
    for (const suffix of ['', '-wal'])
      expect(((await stat(path + suffix)).mode & 0o777).toString(8)).toBe('600');
  });

  it('begins anew where its file is damaged', async () => {
    await writeFile(path, 'not a database at all, not even a little '.repeat(40));
    const store = openStore();
    expect(store.keep('till', kept('a'))).toBe(true);
    expect(store.find({ id: 'a', owner: 'till' })).toBeDefined();
  });
});

async function allBytes(): Promise<string> {
  const texts = await Promise.all(
    ['', '-wal'].map((suffix) => readFile(path + suffix, 'latin1').catch(() => '')),
  );
  return texts.join('');
}
