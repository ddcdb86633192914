import { chmod, writeFile } from 'node:fs/promises';
import { tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hashApiKey } from '../http/index.ts';
import { readWrittenKeys } from './written-keys.ts';

const KEY = 'sk-0123456789abcdef';
let folder: TempFolder;
beforeEach(async () => {
  folder = await tempFolder({ name: 'written-keys' });
});
afterEach(() => folder.remove());

async function written(text: string, mode = 0o600): Promise<string> {
  const path = folder.file('keys');
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

it.each([0o600, 0o440])('reads names and hashes of a file of mode %o', async (mode) => {
  const path = await written(`# the till's\n\ntill ${KEY}\n  report   ${KEY}x \n`, mode);
  expect(await readWrittenKeys(path)).toEqual([
    { id: 'till', sha256: hashApiKey(KEY) },
    { id: 'report', sha256: hashApiKey(`${KEY}x`) },
  ]);
});

it.each([0o644, 0o604, 0o602, 0o666])('refuses a file of mode %o, which others may open', async (mode) => {
  await expect(readWrittenKeys(await written(`till ${KEY}`, mode))).rejects.toMatchObject({
    code: 'invalid-config',
    details: { field: 'http.apiKeysFile', fix: expect.stringContaining('chmod o=') as string },
  });
});

it.each(['till', 'till short', `till ${KEY} expires=90d`, `@local ${KEY}`, `Till ${KEY}`])(
  'refuses the line `%s` by its number, without the key',
  async (line) => {
    const refusal = readWrittenKeys(await written(`# one\n${line}`));
    await expect(refusal).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining('Line 2 of') as string,
    });
    await expect(refusal).rejects.not.toThrow(KEY);
  },
);

it('says which file is missing, and has no keys where none is named', async () => {
  await expect(readWrittenKeys(folder.file('none'))).rejects.toMatchObject({
    details: { about: folder.file('none') },
  });
  expect(await readWrittenKeys(undefined)).toEqual([]);
});
