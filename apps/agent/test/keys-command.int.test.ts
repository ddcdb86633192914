import { stat } from 'node:fs/promises';
import { tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createKeyFile } from '../src/state/key-file.ts';
import { hashApiKey } from '../src/http/index.ts';
import { runAgent } from './agent-process.ts';

let folder: TempFolder;
beforeEach(async () => {
  folder = await tempFolder({ name: 'keys' });
});
afterEach(() => folder.remove());
const keys = (...command: string[]) => runAgent({ command: ['keys', ...command], folder: folder.path });

it('makes a key that is shown once, lists it without its secret, and revokes it', async () => {
  const { code, output } = await keys('create', 'till', '--expires', '90d', '--parallel', '2', '--json');
  expect(code).toBe(0);
  const made = JSON.parse(output.split('\n').find((line) => line.startsWith('{')) ?? '') as { key: string };
  expect(made).toMatchObject({ id: 'till', parallel: 2 });
  const path = folder.file('api-keys.json');
  const [row] = await createKeyFile({ path }).list();
  expect(row?.sha256).toBe(hashApiKey(made.key));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const listed = await keys('list');
  expect(listed.output).toContain('till');
  expect(listed.output).not.toContain(row?.sha256);
  expect((await keys('create', 'till')).output).toContain('already');
  expect((await keys('revoke', 'till')).code).toBe(0);
  expect((await keys('list')).output).toContain('There are no keys');
  expect((await keys('revoke', 'till')).code).toBe(1);
});

it('gives a key a priority, also below the usual one', async () => {
  expect((await keys('create', 'till', '--priority', '10')).code).toBe(0);
  expect((await keys('create', 'report', '--priority=-5')).code).toBe(0);
  const { output } = await keys('list');
  expect(output).toMatch(/till .*priority 10/);
  expect(output).toMatch(/report .*priority -5/);
});

it('refuses bounds and names that make no sense', async () => {
  expect((await keys('create', 'till', '--parallel', 'none')).code).toBe(2);
  expect((await keys('create', 'till', '--priority', '101')).code).toBe(2);
  expect((await keys('create', 'Not A Name')).code).toBe(2);
  expect((await keys('forget', 'till')).code).toBe(2);
});
