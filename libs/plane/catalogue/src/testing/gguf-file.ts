const encoder = new TextEncoder();

/** The bytes of a small, sound GGUF: one F16 tensor of so many bytes, some metadata, a vocabulary. */
export function ggufFile({
  dataBytes = 4096,
  splits,
  name = 'test',
}: {
  dataBytes?: number;
  splits?: number;
  name?: string;
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
  const values: Array<[key: string, value: string | number]> = [
    ['general.architecture', 'llama'],
    ['general.name', name],
    ['general.file_type', 1],
    ['llama.context_length', 2048],
    ['llama.block_count', 2],
    ['llama.embedding_length', 64],
    ['llama.attention.head_count', 4],
    ['llama.attention.head_count_kv', 2],
    ['tokenizer.chat_template', '{{ messages }}'],
    ...(splits === undefined ? [] : ([['split.count', splits]] as Array<[string, number]>)),
  ];
  number(4, 0x46554747);
  number(4, 3);
  number(8, 1);
  number(8, values.length + 1);
  for (const [key, value] of values) {
    text(key);
    number(4, typeof value === 'string' ? 8 : 4);
    if (typeof value === 'string') text(value);
    else number(4, value);
  }
  text('tokenizer.ggml.tokens');
  number(4, 9);
  number(4, 8);
  number(8, 3);
  for (const token of ['<s>', '</s>', 'a']) text(token);
  text('token_embd.weight');
  number(4, 1);
  number(8, dataBytes / 2);
  number(4, 1);
  number(8, 0);
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
