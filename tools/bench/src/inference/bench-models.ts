import { mkdir, rename, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { FlotillaError } from '@flotilla/contracts';
import { isQuant, isSynthShapeName, writeSynthModel } from '@flotilla/foundry';

export interface BenchModel {
  name: string;
  path: string;
}

/** A GGUF file as it is, or a synthetic one of that shape, written when the folder does not hold it yet. */
export async function benchModel(
  name: string,
  folder = join(tmpdir(), 'flotilla-bench-models'),
): Promise<BenchModel> {
  if (name.endsWith('.gguf')) return { name: basename(name, '.gguf'), path: resolve(name) };
  const [, shape = '', quant = ''] = /^(.*)-([^-]+)$/.exec(name) ?? [];
  if (!isSynthShapeName(shape) || !isQuant(quant)) {
    throw new FlotillaError('invalid-input', `--models ${name} is neither a GGUF file nor SHAPE-QUANT.`, {
      details: { fix: 'Shapes: npx nx run foundry:synth -- --shape list' },
    });
  }
  const path = join(folder, `${name}.gguf`);
  if (await exists(path)) return { name, path };
  await mkdir(folder, { recursive: true });
  process.stderr.write(`writing ${path}\n`);
  await writeSynthModel({ shape, quant, path: `${path}.part` });
  await rename(`${path}.part`, path);
  return { name, path };
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
