import type { AdapterFacts } from '@flotilla/contracts';

import { ggufFacts } from './gguf-facts.ts';
import type { GgufHeader, GgufTensor } from './parse-gguf-header.ts';
import { tensorByteLength, tensorTypeName } from './tensor-types.ts';

/** What converters write and every back end multiplies with. A product of others ends the engine's process. */
const FACTOR_TYPES = new Set(['F32', 'F16', 'BF16', 'Q8_0']);
/** As GGUF numbers the types of its values. */
const FLOAT32 = 6;
const FLOAT_BYTES = 4;
const ALPHA = 'adapter.lora.alpha';

interface Factors {
  a?: GgufTensor;
  b?: GgufTensor;
}

/** Whether a GGUF says of itself that it is an adapter and no model. */
export function isAdapter({ metadata }: GgufHeader): boolean {
  return metadata.get('general.type') === 'adapter';
}

/** What the header of an adapter says, in the words of the catalogue. */
export function adapterFacts(header: GgufHeader): AdapterFacts {
  const { architecture, name, parameters, quantization, licence } = ggufFacts(header);
  const alpha = header.metadata.get(ALPHA);
  const ranks = [...factorsOf(header).values()].map(({ b }) => b?.dimensions[0] ?? 0);
  return {
    architecture,
    name,
    parameters,
    quantization,
    licence,
    rank: ranks.reduce((largest, rank) => Math.max(largest, rank), 0),
    ...(typeof alpha === 'number' && alpha !== 0 ? { alpha } : {}),
  };
}

/**
 * Why the engine would refuse an adapter, or end its process over it, whatever the model; undefined when nothing speaks
 * against it. Each rule is one of llama.cpp's loader.
 */
export function checkAdapter(header: GgufHeader): string | undefined {
  const { metadata, valueTypes, tensors } = header;
  if (!isAdapter(header)) return 'it is no adapter: its general.type is another';
  const kind = metadata.get('adapter.type');
  if (kind !== 'lora') return `it is an adapter of the kind ${text(kind)}; only LoRA can be applied`;
  if (metadata.has('adapter.alora.invocation_tokens')) {
    return 'it is an activated LoRA, which begins in the middle of a prompt; only plain ones can be applied';
  }
  const alpha = metadata.get(ALPHA);
  if (alpha !== undefined && (valueTypes.get(ALPHA) !== FLOAT32 || !Number.isFinite(alpha))) {
    return `its ${ALPHA} is no finite 32-bit float`;
  }
  for (const { name, type } of tensors) {
    if (!isFactor(name)) {
      if (name.endsWith('_norm.weight')) continue;
      return `the tensor ${name} is no factor: its name ends neither in .lora_a nor in .lora_b`;
    }
    const typeName = tensorTypeName(type);
    if (!FACTOR_TYPES.has(typeName ?? '')) {
      return `the tensor ${name} is of ${typeName ?? 'an unknown type'}; factors are of F32, F16, BF16 or Q8_0`;
    }
  }
  const factors = factorsOf(header);
  if (factors.size === 0) return 'it changes nothing: it holds no factor';
  for (const [target, { a, b }] of factors) {
    if (a === undefined || b === undefined) {
      return `the tensor ${target}.${a === undefined ? 'lora_a' : 'lora_b'} is missing`;
    }
    const rank = b.dimensions[0] ?? 0;
    const inner = isEmbedding(target) ? a.dimensions[0] : a.dimensions[1];
    if (rank < 1 || inner !== rank) return `the two factors of ${target} have other ranks`;
  }
  return undefined;
}

/** Why an adapter, sound by itself, was trained on another model than this; undefined when it fits. */
export function adapterMisfit({
  adapter,
  base,
}: {
  adapter: GgufHeader;
  base: GgufHeader;
}): string | undefined {
  const [own, wanted] = [adapter, base].map(({ metadata }) => metadata.get('general.architecture'));
  if (own !== wanted) {
    return `it was trained on the architecture ${text(own)}, and the model is of ${text(wanted)}`;
  }
  const tensors = new Map(base.tensors.map(({ name, dimensions }) => [name, dimensions]));
  for (const [target, { a, b }] of factorsOf(adapter)) {
    const changed = tensors.get(target);
    if (changed === undefined) return `it changes the tensor ${target}, which the model does not have`;
    if (a === undefined || b === undefined) return `a factor of ${target} is missing`;
    // Its logits are products with the embedding, where those factors lie the wrong way round: the engine aborts.
    if (isEmbedding(target) && !tensors.has('output.weight')) {
      return `it changes ${target}, with which this model also writes: only a model with an output.weight allows that`;
    }
    const product = isEmbedding(target)
      ? shape([b.dimensions[1], a.dimensions[1]])
      : shape([a.dimensions[0], b.dimensions[1], ...a.dimensions.slice(2)]);
    if (product !== shape(changed)) {
      return `it changes ${target} as one of ${product}, and the model's is of ${shape(changed)}`;
    }
  }
  return undefined;
}

/**
 * What an adapter takes beside its model, in bytes: its factors, and while a batch is computed the widest of their
 * products twice, as it is and scaled. Measured for one of rank 16 on Qwen2.5-0.5B's
 * shape at a batch of 512: 55 MB, as this says; at 128: 51 MB, where this says 40.
 */
export function adapterMemory(header: GgufHeader): { weightsBytes: number; bytesPerBatchToken: number } {
  const { tensors } = header;
  const weightsBytes = tensors.reduce(
    (sum, tensor) => sum + (isFactor(tensor.name) ? (tensorByteLength(tensor) ?? 0) : 0),
    0,
  );
  const widest = Math.max(0, ...[...factorsOf(header).values()].map(({ b }) => b?.dimensions[1] ?? 0));
  return { weightsBytes, bytesPerBatchToken: 2 * FLOAT_BYTES * widest };
}

/** By the name of the tensor they change. */
function factorsOf({ tensors }: GgufHeader): ReadonlyMap<string, Factors> {
  const factors = new Map<string, Factors>();
  for (const tensor of tensors) {
    if (!isFactor(tensor.name)) continue;
    const target = tensor.name.slice(0, -SUFFIX_LENGTH);
    const side = tensor.name.endsWith('a') ? 'a' : 'b';
    factors.set(target, { ...factors.get(target), [side]: tensor });
  }
  return factors;
}

const SUFFIX_LENGTH = '.lora_a'.length;

function isFactor(name: string): boolean {
  return name.endsWith('.lora_a') || name.endsWith('.lora_b');
}

/** The engine looks rows of the embedding up, so that its factors lie the other way round. */
function isEmbedding(target: string): boolean {
  return target.endsWith('token_embd.weight');
}

/** `96 x 1536`; a trailing 1 says nothing. */
function shape(dimensions: readonly (number | undefined)[]): string {
  const last = dimensions.findLastIndex((dimension) => dimension !== 1);
  return dimensions.slice(0, Math.max(2, last + 1)).join(' x ');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : 'none that it names';
}
