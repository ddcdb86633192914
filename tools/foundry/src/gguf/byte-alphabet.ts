/**
 * GPT-2's byte alphabet: how a byte-level tokenizer writes each of the 256 bytes as one printable character.
 *
 * Printable Latin-1 stands for itself; the rest is moved to U+0100 and up, in order, so a space becomes "Ġ".
 */
export function byteAlphabet(): string[] {
  let moved = 0;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCodePoint(isPrintable(byte) ? byte : 0x100 + moved++),
  );
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}
