import { halfFromFloatBits, toHalfBits } from './half.ts';
import { tensorBytes, type TensorType } from './tensor-type.ts';

/**
 * Encodes f32 values for a tensor of `type`: the bytes that ggml's reference quantizers give.
 *
 * `values` must be whole blocks (32 values for q8_0 and q4_0). Every step of the arithmetic is rounded to f32,
 * as C does it, so that the bytes are equal and not merely close.
 */
export function encodeValues(type: TensorType, values: Float32Array): Uint8Array {
  switch (type) {
    case 'f32':
      return encodeF32(values);
    case 'f16':
      return encodeF16(values);
    case 'q8_0':
      return encodeQ8_0(values);
    case 'q4_0':
      return encodeQ4_0(values);
  }
}

function encodeF32(values: Float32Array): Uint8Array {
  const out = new Uint8Array(tensorBytes('f32', values.length));
  const view = new DataView(out.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i]!, true);
  return out;
}

function encodeF16(values: Float32Array): Uint8Array {
  const out = new Uint8Array(tensorBytes('f16', values.length));
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) {
    const half = halfFromFloatBits(bits[i]!);
    out[2 * i] = half & 0xff;
    out[2 * i + 1] = half >>> 8;
  }
  return out;
}

/** Per block: f16 scale = max|x| / 127, then 32 signed bytes round(x / scale), halves away from zero. */
function encodeQ8_0(values: Float32Array): Uint8Array {
  const out = new Uint8Array(tensorBytes('q8_0', values.length));
  for (let start = 0, at = 0; start < values.length; start += 32, at += 34) {
    let largest = 0;
    for (let j = 0; j < 32; j++) largest = Math.max(largest, Math.abs(values[start + j]!));
    const scale = Math.fround(largest / 127);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    writeHalf(out, at, scale);
    for (let j = 0; j < 32; j++) {
      const scaled = Math.fround(values[start + j]! * inverse);
      out[at + 2 + j] = scaled < 0 ? -Math.floor(0.5 - scaled) : Math.floor(scaled + 0.5);
    }
  }
  return out;
}

/** Per block: f16 scale = (value of largest magnitude) / -8, then 16 bytes; byte j holds value j low and value j + 16 high. */
function encodeQ4_0(values: Float32Array): Uint8Array {
  const out = new Uint8Array(tensorBytes('q4_0', values.length));
  for (let start = 0, at = 0; start < values.length; start += 32, at += 18) {
    let largest = 0;
    let signed = 0;
    for (let j = 0; j < 32; j++) {
      const value = values[start + j]!;
      if (Math.abs(value) > largest) {
        largest = Math.abs(value);
        signed = value;
      }
    }
    const scale = Math.fround(signed / -8);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    writeHalf(out, at, scale);
    for (let j = 0; j < 16; j++) {
      out[at + 2 + j] = nibble(values[start + j]!, inverse) | (nibble(values[start + 16 + j]!, inverse) << 4);
    }
  }
  return out;
}

function nibble(value: number, inverse: number): number {
  return Math.min(15, Math.trunc(Math.fround(Math.fround(value * inverse) + 8.5)));
}

function writeHalf(out: Uint8Array, at: number, value: number): void {
  const half = toHalfBits(value);
  out[at] = half & 0xff;
  out[at + 1] = half >>> 8;
}
