import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { KNOWN_ARCHITECTURES } from '@flotilla/plane-catalogue';
import { expect, it } from 'vitest';

/** Read as text: importing the package would load its engine. */
const LIST = './gguf/types/GgufMetadataTypes.js';

it('the catalogue takes the architectures that the engine of our agents lists', async () => {
  const file = new URL(LIST, import.meta.resolve('node-llama-cpp'));
  const source = await readFile(fileURLToPath(file), 'utf8');
  const listed = [...source.matchAll(/GgufArchitectureType\["\w+"\] = "([^"]+)"/g)].map(([, name]) => name);
  const models = listed.filter((name) => name !== 'clip' && name !== '(unknown)');
  expect(models.length).toBeGreaterThan(100);
  expect(models.toSorted()).toEqual([...KNOWN_ARCHITECTURES].toSorted());
});
