const encoder = new TextEncoder();

const WIDTH = 32;
const TOKENS = ['<s>', '</s>', 'a'];
const F32 = 0;
const F16 = 1;

type Value = string | number | { strings: readonly string[] };

interface Tensor {
  name: string;
  /** Innermost first. */
  dimensions: number[];
  type: number;
}

export interface GgufFileOptions {
  /** At least so many bytes of tensors; the feed-forward part takes what is missing. Default: as few as it can be. */
  dataBytes?: number;
  splits?: number;
  name?: string;
  /** What the header says besides, or instead; undefined leaves an entry out. */
  metadata?: Readonly<Record<string, Value | undefined>>;
  /** The tensors, after they were made. */
  tensors?: (made: Tensor[]) => Tensor[];
}

/** The bytes of a small GGUF that the engine would load: a Llama of one layer in F16 with three tokens. */
export function ggufFile({
  dataBytes = 0,
  splits,
  name = 'test',
  metadata = {},
  tensors = (made) => made,
}: GgufFileOptions): Uint8Array {
  const feedForward = Math.max(WIDTH, Math.ceil(dataBytes / (3 * WIDTH * 2)));
  const values: Record<string, Value | undefined> = {
    'general.architecture': 'llama',
    'general.name': name,
    'general.file_type': 1,
    'llama.context_length': 2048,
    'llama.block_count': 1,
    'llama.embedding_length': WIDTH,
    'llama.feed_forward_length': feedForward,
    'llama.attention.head_count': 2,
    'llama.attention.head_count_kv': 1,
    'llama.attention.layer_norm_rms_epsilon': 1,
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.tokens': { strings: TOKENS },
    'tokenizer.ggml.merges': { strings: ['a a'] },
    'tokenizer.chat_template': '{{ messages }}',
    'split.count': splits,
    ...metadata,
  };
  return encode({
    entries: Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }])),
    tensors: tensors(llamaTensors(feedForward)),
  });
}

function llamaTensors(feedForward: number): Tensor[] {
  const of = (part: string, dimensions: number[]): Tensor => ({
    name: `${part}.weight`,
    dimensions,
    type: dimensions.length === 1 ? F32 : F16,
  });
  return [
    of('token_embd', [WIDTH, TOKENS.length]),
    of('output_norm', [WIDTH]),
    of('blk.0.attn_norm', [WIDTH]),
    of('blk.0.attn_q', [WIDTH, WIDTH]),
    of('blk.0.attn_k', [WIDTH, WIDTH / 2]),
    of('blk.0.attn_v', [WIDTH, WIDTH / 2]),
    of('blk.0.attn_output', [WIDTH, WIDTH]),
    of('blk.0.ffn_norm', [WIDTH]),
    of('blk.0.ffn_gate', [WIDTH, feedForward]),
    of('blk.0.ffn_up', [WIDTH, feedForward]),
    of('blk.0.ffn_down', [feedForward, WIDTH]),
  ];
}

function encode({
  entries,
  tensors,
}: {
  entries: ReadonlyArray<{ key: string; value: Value }>;
  tensors: readonly Tensor[];
}): Uint8Array {
  const parts: Uint8Array[] = [];
  const number = (bytes: 4 | 8, value: number): void => {
    const view = new DataView(new ArrayBuffer(bytes));
    if (bytes === 4) view.setUint32(0, value, true);
    else view.setBigUint64(0, BigInt(value), true);
    parts.push(new Uint8Array(view.buffer));
  };
  const text = (value: string): void => {
    const bytes = encoder.encode(value);
    number(8, bytes.length);
    parts.push(bytes);
  };
  number(4, 0x46554747);
  number(4, 3);
  number(8, tensors.length);
  number(8, entries.length);
  for (const { key, value } of entries) {
    text(key);
    if (typeof value === 'string') {
      number(4, 8);
      text(value);
    } else if (typeof value === 'number') {
      number(4, 4);
      number(4, value);
    } else {
      number(4, 9);
      number(4, 8);
      number(8, value.strings.length);
      for (const item of value.strings) text(item);
    }
  }
  let dataBytes = 0;
  for (const { name, dimensions, type } of tensors) {
    text(name);
    number(4, dimensions.length);
    for (const dimension of dimensions) number(8, dimension);
    number(4, type);
    number(8, dataBytes);
    const bytes = dimensions.reduce((all, one) => all * one, type === F32 ? 4 : 2);
    dataBytes += Math.ceil(bytes / 32) * 32;
  }
  const header = parts.reduce((sum, part) => sum + part.length, 0);
  const file = new Uint8Array(Math.ceil(header / 32) * 32 + dataBytes);
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  for (let i = file.length - dataBytes; i < file.length; i++) file[i] = i % 251;
  return file;
}
