import type { LlamaModel, Token } from 'node-llama-cpp';
import { asTokens } from './library-tokens.ts';

/** What the engine must know of a model's tokens beyond what the library tells. */
export interface Vocabulary {
  readonly size: number;
  /** Control tokens that do not end a turn: they are never part of an answer's text. */
  readonly control: readonly Token[];
  /** What control tokens look like as text, those that end a turn included. */
  readonly controlTexts: readonly string[];
  /** The bytes a token stands for. */
  bytesOf(token: Token): Uint8Array;
}

/** Token types as ggml numbers them. */
const NORMAL = 1;
const BYTE = 6;

/** Reads the vocabulary of a model, as the file has it and llama.cpp understands it. */
export function readVocabulary(model: LlamaModel): Vocabulary {
  const { tokens, token_type, model: kind } = model.fileInfo.metadata.tokenizer.ggml;
  const types: readonly number[] = token_type;
  const control: Token[] = [];
  const controlTexts: string[] = [];
  for (const token of asTokens(Array.from(tokens.keys()))) {
    const text = tokens[token] ?? '';
    // llama.cpp makes control tokens of some that the file calls normal; all of them look like one.
    const isPlain = (types[token] === NORMAL || types[token] === BYTE) && !/[<>|[\]]/.test(text);
    if (isPlain) continue;
    const ends = model.isEogToken(token);
    if (!ends && !model.getTokenAttributes(token).control) continue;
    if (!ends) control.push(token);
    if (text !== '') controlTexts.push(text);
  }
  const fromAlphabet = kind === 'gpt2' ? byteAlphabet() : undefined;
  const encoder = new TextEncoder();
  return {
    size: tokens.length,
    control,
    controlTexts,
    bytesOf(token) {
      const text = tokens[token] ?? '';
      if (types[token] === BYTE || (types[token] === NORMAL && kind === 'llama')) {
        const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(text)?.[1];
        return byte === undefined
          ? encoder.encode(text.replaceAll('▁', ' '))
          : Uint8Array.of(Number.parseInt(byte, 16));
      }
      if (types[token] !== NORMAL || fromAlphabet === undefined)
        return encoder.encode(model.detokenize([token], true));
      return Uint8Array.from(
        Array.from(text).flatMap((char) => fromAlphabet.get(char) ?? [...encoder.encode(char)]),
      );
    },
  };
}

/** GPT-2 writes each byte as one printable character: itself where it is one, else from U+0100 on. */
function byteAlphabet(): ReadonlyMap<string, number> {
  const alphabet = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte += 1) {
    const isPrintable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
    alphabet.set(String.fromCodePoint(isPrintable ? byte : next), byte);
    if (!isPrintable) next += 1;
  }
  return alphabet;
}
