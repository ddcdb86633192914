import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPacketMeter } from './bounded-connection.ts';

/** A PUBLISH header with this remaining length, and so many body bytes. */
function packet(length: number): Uint8Array {
  const bytes = [0x30];
  let left = length;
  do {
    bytes.push((left % 128) | (left >= 128 ? 0x80 : 0));
    left = Math.floor(left / 128);
  } while (left > 0);
  return Uint8Array.from([...bytes, ...new Array<number>(length).fill(0xff)]);
}

function cut(bytes: Uint8Array, sizes: number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

describe('the packet meter', () => {
  it('lets packets up to the limit pass, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 }),
        (lengths, sizes) => {
          const meter = createPacketMeter(500);
          const stream = Buffer.concat(lengths.map(packet));
          return cut(stream, sizes).every((chunk) => meter(chunk));
        },
      ),
    );
  });

  it('refuses a packet over the limit at its header, before its body has come', () => {
    const meter = createPacketMeter(500);
    expect(meter(packet(20))).toBe(true);
    expect(meter(packet(501).subarray(0, 3))).toBe(false);
  });

  it('refuses a length that never ends', () => {
    const meter = createPacketMeter(2 ** 40);
    expect(meter(Uint8Array.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x80]))).toBe(false);
  });
});
