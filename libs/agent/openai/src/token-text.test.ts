import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTokenText, type Detokenize } from './token-text.ts';

const decode = (bytes: readonly number[]): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));

/** A vocabulary in which token n is the n-th of these byte strings. */
function vocabulary(pieces: readonly (readonly number[])[]): Detokenize {
  return (tokens) => decode(tokens.flatMap((token) => [...(pieces[token] ?? [])]));
}

function join(count: number, detokenize: Detokenize): { shown: string[]; all: string } {
  const text = createTokenText(detokenize);
  const shown = Array.from({ length: count }, (_, token) => text.push(token));
  shown.push(text.flush());
  return { shown, all: shown.join('') };
}

const bytesOf = (text: string): number[] => [...new TextEncoder().encode(text)];

function splitAt(bytes: readonly number[], cuts: readonly number[]): number[][] {
  const edges = [0, ...[...new Set(cuts)].sort((left, right) => left - right), bytes.length];
  return edges.slice(1).map((edge, index) => bytes.slice(edges[index], edge));
}

describe('createTokenText', () => {
  it('holds back half a character until it is whole', () => {
    const pieces = [[0xf0, 0x9f], [0x98], [0x80], bytesOf('!')];
    expect(join(pieces.length, vocabulary(pieces)).shown).toEqual(['', '', '😀', '!', '']);
  });

  it('shows text that needs no more tokens at once', () => {
    const pieces = [bytesOf('Hel'), bytesOf('lo')];
    expect(join(pieces.length, vocabulary(pieces)).shown).toEqual(['Hel', 'lo', '']);
  });

  it('ends with the replacement character when the last character never becomes whole', () => {
    const pieces = [bytesOf('a'), [0xf0, 0x9f]];
    expect(join(pieces.length, vocabulary(pieces)).all).toBe('a\uFFFD');
  });

  it('keeps the space that a tokenizer drops at the start of a text', () => {
    const words = ['▁one', '▁two', '▁three'];
    const spaced = (tokens: readonly number[]): string =>
      tokens
        .map((token) => words[token % 3])
        .join('')
        .replaceAll('▁', ' ');
    const detokenize: Detokenize = (tokens, before) =>
      before.length === 0 ? spaced(tokens).trimStart() : spaced(tokens);
    expect(join(40, detokenize).all).toBe(
      spaced(Array.from({ length: 40 }, (_, index) => index)).trimStart(),
    );
  });

  it('joins to the text of all tokens at every split of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (text) => {
        const bytes = bytesOf(text);
        for (let cut = 0; cut <= bytes.length; cut += 1) {
          const pieces = splitAt(bytes, [cut]);
          expect(join(pieces.length, vocabulary(pieces)).all).toBe(decode(bytes));
        }
      }),
    );
  });

  it('joins to the text of all tokens for any bytes in any pieces, and never shows a broken character that becomes whole', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
        fc.array(fc.nat(160)),
        (text, cuts) => {
          const bytes = bytesOf(text.toWellFormed());
          const pieces = splitAt(
            bytes,
            cuts.map((cut) => cut % (bytes.length + 1)),
          );
          const { all } = join(pieces.length, vocabulary(pieces));
          expect(all).toBe(decode(bytes));
          expect([...all].filter((char) => char === '\uFFFD').length).toBe(
            [...decode(bytes)].filter((char) => char === '\uFFFD').length,
          );
        },
      ),
    );
  });

  it('joins to the text of all tokens for bytes that are no text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (raw) => {
        const pieces = [...raw].map((byte) => [byte]);
        expect(join(pieces.length, vocabulary(pieces)).all).toBe(decode([...raw]));
      }),
    );
  });
});
