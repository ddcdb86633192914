import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { FlotillaError } from '@flotilla/contracts';
import { starterModels } from '@flotilla/starter-models';
import { tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPlane, type PlaneProcess } from './plane-process.ts';

let folder: TempFolder;
let plane: PlaneProcess;
beforeAll(async () => {
  folder = await tempFolder({ name: 'import' });
  plane = await startPlane({ data: folder.file('data'), args: ['--starter-models', 'false'] });
});
afterAll(async () => {
  await plane.child.stop();
  await folder.remove();
});

const [starter] = starterModels();
if (starter === undefined) throw new FlotillaError('internal', 'there is no starter model');

async function importBlob(body: Blob, names: { modelId: string; variant: string; sha256?: string }) {
  const answer = await plane.client.api.v1.imports.$post({ json: names });
  const { id } = await answer.json();
  return plane.client.putImportFile({ importId: id, body });
}

describe('a file that is sent to a running control plane', () => {
  it('is refused with the reason even where the refusal comes long before the file is sent', async () => {
    const nonsense = new Blob(Array.from({ length: 64 }, () => new Uint8Array(2 ** 20).fill(7)));
    await expect(importBlob(nonsense, { modelId: 'm', variant: 'nonsense' })).rejects.toMatchObject({
      code: 'gguf-invalid',
      message: expect.stringContaining('does not begin with GGUF'),
    });
  });

  it('is refused as what it is there already, before it is sent where its digest is said', async () => {
    const bytes = await readFile(starter.path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const own = { modelId: 'ours', variant: 'ours-f16' };
    expect(await importBlob(new Blob([bytes]), own)).toMatchObject({ isNew: true });
    expect(await importBlob(new Blob([bytes]), own)).toMatchObject({ isNew: false });
    for (const more of [{}, { sha256 }]) {
      await expect(
        importBlob(new Blob([bytes]), { modelId: 'm', variant: 'other', ...more }),
      ).rejects.toMatchObject({
        code: 'already-exists',
        message: expect.stringContaining('it is `ours-f16` of the model `ours`'),
        details: { about: 'ours-f16', fix: expect.stringContaining('Use `ours-f16`') },
      });
    }
  });

  it('keeps its name when the starter models come later, and serves in their release', async () => {
    await plane.child.stop();
    plane = await startPlane({ data: folder.file('data') });
    const held = await (await plane.client.api.v1.models.$get({ query: {} })).json();
    const names = held.items.flatMap(({ variants }) => variants.map(({ name }) => name));
    expect(names).toContain('ours-f16');
    expect(names).not.toContain(starter.variant);
    const { items } = await (await plane.client.api.v1.releases.$get({ query: {} })).json();
    expect(items).toHaveLength(1);
  });
});
