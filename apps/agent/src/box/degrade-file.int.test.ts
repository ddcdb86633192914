import { writeFile } from 'node:fs/promises';
import type { DegradeStep } from '@flotilla/agent-serving';
import { tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDegradeFile } from './degrade-file.ts';

const step: DegradeStep = {
  kind: 'fewer-sequences',
  sequences: 2,
  contextTokens: 512,
  gpu: 'auto',
  reason: '4 to 2 parallel requests: it ended',
  at: 1_700_000_000_000,
};
const key = { variantDigest: 'ab', release: 'cd' };

let folder: TempFolder;
beforeEach(async () => {
  folder = await tempFolder({ name: 'degrade' });
});
afterEach(() => folder.remove());
const open = () => createDegradeFile({ path: folder.file('degrade.json') });

it('remembers over a restart, by variant and release', async () => {
  await open().remember(key, [step]);
  expect(await open().recall(key)).toEqual([step]);
  expect(await open().recall({ ...key, release: 'another' })).toEqual([]);
  expect(await open().recall({ ...key, variantDigest: 'another' })).toEqual([]);
});

it('forgets a model that runs as promised again, and keeps the rest', async () => {
  const other = { ...key, release: undefined };
  const file = open();
  await Promise.all([file.remember(key, [step]), file.remember(other, [step, step])]);
  await file.remember(key, []);
  expect([await open().recall(key), await open().recall(other)]).toEqual([[], [step, step]]);
});

it('starts again when its file is damaged', async () => {
  await writeFile(folder.file('degrade.json'), '{"v":1,"rows":[{');
  expect(await open().recall(key)).toEqual([]);
  await open().remember(key, [step]);
  expect(await open().recall(key)).toEqual([step]);
});
