import { z } from 'zod';
import { LIMITS } from './limits.ts';
import { Bytes, CatalogueName, Count, SaidText, Sha256, TimeMs } from './scalars.ts';

/** What a GGUF header says, enough to prefilter and to explain. */
export const GgufFacts = z
  .object({
    architecture: SaidText(64),
    name: SaidText(256).optional(),
    parameters: Count.optional(),
    contextTokens: Count.optional().describe('Context it was trained for.'),
    layers: Count.optional(),
    embeddingLength: Count.optional(),
    kvHeads: Count.optional(),
    headDim: Count.optional(),
    vocabularySize: Count.optional(),
    quantization: SaidText(32),
    hasChatTemplate: z.boolean().optional(),
    licence: SaidText(128).optional(),
  })
  .meta({ id: 'GgufFacts' });
export type GgufFacts = z.infer<typeof GgufFacts>;

/** One GGUF file of a model at one quantization, named by its digest. */
export const Variant = z
  .object({
    digest: Sha256,
    name: CatalogueName.describe('Unique in the catalogue, such as `harbor-1m-q8_0`.'),
    modelId: CatalogueName,
    quantization: SaidText(32),
    bytes: Bytes,
    manifestDigest: Sha256.describe('Digest of the canonical JSON of its manifest: it names every chunk.'),
    facts: GgufFacts,
  })
  .meta({ id: 'Variant' });
export type Variant = z.infer<typeof Variant>;

/** What the header of an adapter says. */
export const AdapterFacts = z
  .object({
    architecture: SaidText(64).describe('Of the model it was trained on.'),
    name: SaidText(256).optional(),
    parameters: Count.optional(),
    rank: Count.optional().describe('Largest rank of its factors.'),
    alpha: z.number().optional().describe('Its strength is alpha / rank; absent: 1.'),
    quantization: SaidText(32),
    licence: SaidText(128).optional(),
  })
  .meta({ id: 'AdapterFacts' });
export type AdapterFacts = z.infer<typeof AdapterFacts>;

/** A LoRA GGUF that is applied to a model when it is loaded, named by its digest. It fits every variant of its model. */
export const Adapter = z
  .object({
    digest: Sha256,
    name: CatalogueName.describe('Unique among adapters, such as `harbor-1m-shop`.'),
    modelId: CatalogueName.describe('The model it is for.'),
    bytes: Bytes,
    manifestDigest: Sha256.describe('Digest of the canonical JSON of its manifest: it names every chunk.'),
    facts: AdapterFacts,
  })
  .meta({ id: 'Adapter' });
export type Adapter = z.infer<typeof Adapter>;

/** A catalogue entry: a model with its variants and the adapters that were trained on it. */
export const Model = z
  .object({
    id: CatalogueName,
    title: z.string().max(256),
    description: z.string().max(4_000).default(''),
    licence: SaidText(128).default('unknown'),
    origin: z.enum(['starter', 'imported']),
    createdAt: TimeMs,
    variants: z.array(Variant),
    adapters: z.array(Adapter),
  })
  .meta({ id: 'Model' });
export type Model = z.infer<typeof Model>;

/** The chunks of a blob in order; every chunk but the last has `chunkBytes`. */
export const Manifest = z
  .object({
    v: z.literal(1),
    digest: Sha256.describe('Of the whole file.'),
    bytes: Bytes,
    chunkBytes: z
      .int()
      .min(64 * 1024)
      .max(LIMITS.chunkBytes),
    chunks: z.array(Sha256).min(1),
  })
  .refine((m) => m.chunks.length === Math.ceil(m.bytes / m.chunkBytes), 'chunks do not add up to bytes')
  .meta({ id: 'Manifest' });
export type Manifest = z.infer<typeof Manifest>;
