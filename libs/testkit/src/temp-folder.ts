import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TempFolder extends AsyncDisposable {
  readonly path: string;
  /** The absolute path of a name inside. */
  file(...segments: string[]): string;
  remove(): Promise<void>;
}

/** Makes an empty folder of mode 0700; `await using folder = await tempFolder()` removes it at the end of the block. */
export async function tempFolder({
  name = 'test',
  parent = tmpdir(),
}: { name?: string; parent?: string } = {}): Promise<TempFolder> {
  const path = await mkdtemp(join(parent, `flotilla-${name}-`));
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 5 });
  return { path, file: (...segments) => join(path, ...segments), remove, [Symbol.asyncDispose]: remove };
}
