import { statfs, writeFile } from 'node:fs/promises';

import { expect, it } from 'vitest';

import { smallDisk } from './small-disk.ts';

it('is full after the given bytes, or is not given at all', async (context) => {
  const disk = await smallDisk({ bytes: 64 * 1024 });
  if (!disk) return context.skip('this user may not mount a file system');
  await writeFile(disk.file('fits'), Buffer.alloc(32 * 1024));
  await expect(writeFile(disk.file('does-not'), Buffer.alloc(64 * 1024))).rejects.toMatchObject({
    code: 'ENOSPC',
  });
  const before = await statfs(disk.path);
  await disk.remove();
  await expect(statfs(disk.path)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(before.bsize * before.blocks).toBe(64 * 1024);
});
