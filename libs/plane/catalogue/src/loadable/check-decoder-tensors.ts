import type { GgufHeader, GgufValue } from '@flotilla/sizing';

/** Architectures whose layers are made of exactly these parts; of every other one we know too little to refuse it. */
const PLAIN_DECODERS = new Set([
  'llama',
  'qwen2',
  'qwen3',
  'gemma',
  'gemma2',
  'gemma3',
  'smollm3',
  'granite',
]);

/** Which tensor is missing or of another shape than the header's own figures need; undefined when all are there. */
export function checkDecoderTensors({
  header,
  architecture,
}: {
  header: GgufHeader;
  architecture: string;
}): string | undefined {
  if (!PLAIN_DECODERS.has(architecture)) return undefined;
  const { metadata, tensors } = header;
  const own = (key: string): GgufValue | undefined => metadata.get(`${architecture}.${key}`);
  const present = new Map(tensors.map(({ name, dimensions }) => [name, dimensions]));
  const needed = (tensor: NeededTensor): string | undefined => {
    const found = present.get(tensor.name);
    if (found === undefined) return `the tensor ${tensor.name} is missing`;
    const [wanted, given] = [withoutOnes(tensor.dimensions), withoutOnes(found)];
    return wanted === given
      ? undefined
      : `the tensor ${tensor.name} is of ${given}, but its figures need ${wanted}`;
  };

  const embedding = whole(own('embedding_length'), 0);
  const layers = whole(own('block_count'), 0);
  if (embedding === undefined || layers === undefined) return undefined;
  for (const key of ['attention.head_count', 'attention.layer_norm_rms_epsilon']) {
    if (own(key) === undefined) return `it does not say its ${architecture}.${key}`;
  }
  const tokens = metadata.get('tokenizer.ggml.tokens');
  const whenTied = needed({
    name: 'token_embd.weight',
    dimensions: [embedding, typeof tokens === 'object' ? tokens.length : 0],
  });
  const outside = whenTied ?? needed({ name: 'output_norm.weight', dimensions: [embedding] });
  if (outside !== undefined) return outside;

  for (let layer = 0; layer < layers; layer += 1) {
    const heads = whole(own('attention.head_count'), layer);
    const feedForward = whole(own('feed_forward_length'), layer);
    const kvHeads = whole(own('attention.head_count_kv'), layer) ?? heads;
    // A layer without attention, or one whose figures are told in a way we do not read.
    if (heads === undefined || heads === 0 || kvHeads === undefined || kvHeads === 0) continue;
    const keyLength = whole(own('attention.key_length'), layer) ?? embedding / heads;
    const valueLength = whole(own('attention.value_length'), layer) ?? embedding / heads;
    const at = (name: string): string => `blk.${layer}.${name}.weight`;
    const parts: NeededTensor[] = [
      { name: at('attn_norm'), dimensions: [embedding] },
      ...(present.has(at('attn_qkv'))
        ? []
        : [
            { name: at('attn_q'), dimensions: [embedding, heads * keyLength] },
            { name: at('attn_k'), dimensions: [embedding, kvHeads * keyLength] },
            { name: at('attn_v'), dimensions: [embedding, kvHeads * valueLength] },
          ]),
      { name: at('attn_output'), dimensions: [heads * valueLength, embedding] },
      { name: at('ffn_norm'), dimensions: [embedding] },
      // A mixture of experts has other tensors in this place.
      ...((whole(own('expert_count'), 0) ?? 0) > 0 || feedForward === undefined || feedForward === 0
        ? []
        : [
            { name: at('ffn_gate'), dimensions: [embedding, feedForward] },
            { name: at('ffn_up'), dimensions: [embedding, feedForward] },
            { name: at('ffn_down'), dimensions: [feedForward, embedding] },
          ]),
    ];
    for (const part of parts) {
      const problem = needed(part);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

interface NeededTensor {
  name: string;
  /** Innermost first. */
  dimensions: number[];
}

/** `96 x 1536`; a trailing 1 says nothing. */
function withoutOnes(dimensions: readonly number[]): string {
  const last = dimensions.findLastIndex((dimension) => dimension !== 1);
  return dimensions.slice(0, Math.max(1, last + 1)).join(' x ');
}

/** A figure that holds for all layers or says one number for each. */
function whole(value: GgufValue | undefined, layer: number): number | undefined {
  const own = typeof value === 'object' ? value.items?.[layer] : value;
  return typeof own === 'number' && Number.isInteger(own) && own >= 0 ? own : undefined;
}
