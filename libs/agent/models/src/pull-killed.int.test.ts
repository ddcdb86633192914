import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { spawnNode, tempFolder, waitFor, type Child } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';

import { startTestGateway } from '../test/gateway-server.ts';
import { publish, sha256, tinyGguf } from '../test/test-models.ts';

const MIB = 1024 * 1024;
const CHUNK = 4 * MIB;

describe('a pull whose process is killed', () => {
  it('goes on in the next process with at most one chunk of bytes fetched again, however often it is killed', async () => {
    await using folder = await tempFolder({ name: 'killed' });
    const published = publish(tinyGguf(48 * MIB), { chunkBytes: CHUNK });
    await using gateway = await startTestGateway([published]);
    const job = folder.file('job.json');
    const { url, credentials } = gateway;
    await writeFile(
      job,
      JSON.stringify({ url, credentials, folder: folder.file('store'), model: published.model }),
    );
    const start = (): Child =>
      spawnNode({ script: fileURLToPath(new URL('../test/pull-in-child.ts', import.meta.url)), args: [job] });

    let killedAfter = 0;
    for (const target of [10 * MIB, 26 * MIB]) {
      gateway.bytesPerSecond = 20 * MIB;
      const child = start();
      await waitFor(() => doneBytes(child) >= target, {
        what: `${target} bytes are done`,
        deadlineMs: 60_000,
      });
      await child.kill9();
      killedAfter = doneBytes(child);
    }
    gateway.bytesPerSecond = undefined;
    const before = gateway.blobBytes;
    const last = start();
    const [, path] = await last.ready(/pulled (.+)\n/, { deadlineMs: 60_000 });
    expect((await last.exited).code).toBe(0);
    expect(sha256(await readFile(path ?? ''))).toBe(published.model.digest);
    const missing = published.bytes.length - killedAfter;
    expect(gateway.blobBytes - before).toBeLessThanOrEqual(missing + CHUNK);
  });
});

/** What a child last told to be on its disk. */
function doneBytes(child: Child): number {
  return Math.max(0, ...[...child.output().matchAll(/^done (\d+)$/gm)].map(([, bytes]) => Number(bytes)));
}
