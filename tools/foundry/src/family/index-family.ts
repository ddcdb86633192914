import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FlotillaError } from '@flotilla/contracts';
import type { StarterModelEntry } from '@flotilla/starter-models';
import { describeGguf } from './describe-gguf.ts';

/**
 * Lists the GGUF files of a folder as `models.json` holds them, smallest model first, then by size.
 *
 * A file is named `<general.name>-<quantization>.gguf`; any other name is an error.
 */
export async function indexFamily(folder: string): Promise<StarterModelEntry[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.gguf'));
  const entries = await Promise.all(files.map((file) => indexFile(join(folder, file))));
  return entries.sort((a, b) => (a.facts.parameters ?? 0) - (b.facts.parameters ?? 0) || b.bytes - a.bytes);
}

async function indexFile(path: string): Promise<StarterModelEntry> {
  const [facts, bytes] = await Promise.all([describeGguf(path), readFile(path)]);
  const variant = basename(path, '.gguf');
  const expected = `${facts.name}-${facts.quantization.toLowerCase()}`;
  if (!facts.name || variant !== expected) {
    throw new FlotillaError(
      'invalid-input',
      `${path} says of itself that it is ${expected}; name the file so`,
    );
  }
  return {
    modelId: facts.name,
    variant,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    facts,
  };
}
