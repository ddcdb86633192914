/**
 * The tensor types we write.
 *
 * `id` is ggml's type number, a block of `blockValues` values takes `blockBytes` bytes on disk.
 */
export const TENSOR_TYPES = {
  f32: { id: 0, blockValues: 1, blockBytes: 4 },
  f16: { id: 1, blockValues: 1, blockBytes: 2 },
  q4_0: { id: 2, blockValues: 32, blockBytes: 18 },
  q8_0: { id: 8, blockValues: 32, blockBytes: 34 },
} as const;
export type TensorType = keyof typeof TENSOR_TYPES;

/** The types a whole model can be written in (its norms and biases stay f32). `fileType` is `general.file_type`. */
export const QUANTS = {
  f16: { fileType: 1, label: 'F16' },
  q4_0: { fileType: 2, label: 'Q4_0' },
  q8_0: { fileType: 7, label: 'Q8_0' },
} as const;
export type Quant = keyof typeof QUANTS;

export function isQuant(text: string): text is Quant {
  return Object.hasOwn(QUANTS, text);
}

/** Bytes that `values` values take in a tensor of `type`; `values` must be whole blocks. */
export function tensorBytes(type: TensorType, values: number): number {
  const { blockValues, blockBytes } = TENSOR_TYPES[type];
  return (values / blockValues) * blockBytes;
}
