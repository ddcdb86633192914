import { readFileSync } from 'node:fs';
import { GgufFacts, Sha256, CatalogueName, Bytes } from '@flotilla/contracts';
import { z } from 'zod';
import { packageFile } from './package-folder.ts';

/** One file of the family as `models.json` lists it; the file itself is `models/<variant>.gguf`. */
export const StarterModelEntry = z.object({
  modelId: CatalogueName.describe('The model, such as `harbor-1m`; its variants share it.'),
  variant: CatalogueName.describe(
    'The variant, such as `harbor-1m-q8_0`; also the file name without `.gguf`.',
  ),
  bytes: Bytes,
  sha256: Sha256,
  facts: GgufFacts.describe('What its GGUF header says.'),
});
export type StarterModelEntry = z.infer<typeof StarterModelEntry>;

export type StarterModel = StarterModelEntry & {
  /** `F16`, `Q8_0` or `Q4_0`. */
  quantization: string;
  parameters: number;
  contextTokens: number;
  licence: string;
  /** Absolute path of the GGUF. */
  path: string;
  /** Absolute path of the model card, shared by the model's variants. */
  card: string;
};

/** The models of this package, smallest model first, then by file size. Reads `models.json`, never a GGUF. */
export function starterModels(): StarterModel[] {
  const entries = z
    .array(StarterModelEntry)
    .parse(JSON.parse(readFileSync(packageFile('models.json'), 'utf8')));
  return entries.map((entry) => ({
    ...entry,
    quantization: entry.facts.quantization,
    parameters: entry.facts.parameters ?? 0,
    contextTokens: entry.facts.contextTokens ?? 0,
    licence: entry.facts.licence ?? 'unknown',
    path: packageFile('models', `${entry.variant}.gguf`),
    card: packageFile('cards', `${entry.modelId}.md`),
  }));
}
