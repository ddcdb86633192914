import { chmod, writeFile } from 'node:fs/promises';

import { expect, it } from 'vitest';

import { findProgram } from './find-program.ts';
import { tempFolder } from './temp-folder.ts';

it('takes the first program that can be run, given folders before PATH', async () => {
  await using folder = await tempFolder();
  await writeFile(folder.file('sh'), '#!/bin/sh\n');
  expect(findProgram({ names: ['sh'], folders: [folder.path] })).not.toBe(folder.file('sh'));
  await chmod(folder.file('sh'), 0o755);
  expect(findProgram({ names: ['no-such-program', 'sh'], folders: [folder.path] })).toBe(folder.file('sh'));
  expect(findProgram({ names: ['no-such-program'], folders: [folder.path] })).toBeUndefined();
});
