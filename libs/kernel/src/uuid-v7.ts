/**
 * A UUID of version 7 (RFC 9562) in lower-case text: 48 bits of `now`, 74 random bits, so that ids sort by birth.
 *
 * @param options.now milliseconds since 1970 UTC.
 * @param options.random at least 10 random bytes, used up to the tenth.
 */
export function uuidV7({ now, random }: { now: number; random: Uint8Array }): string {
  if (!Number.isSafeInteger(now) || now < 0 || now >= 2 ** 48) {
    throw new RangeError(`a UUID's time is a whole number of milliseconds below 2^48, not ${now}`);
  }
  if (random.length < 10) throw new RangeError(`a UUID takes 10 random bytes, not ${random.length}`);
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(now / 2 ** 32));
  view.setUint32(2, now % 2 ** 32);
  bytes.set(random.subarray(0, 10), 6);
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
