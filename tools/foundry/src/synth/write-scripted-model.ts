import { FlotillaError } from '@flotilla/contracts';
import { byteAlphabet } from '../gguf/byte-alphabet.ts';
import { encodeValues } from '../gguf/encode.ts';
import {
  decoderMetadata,
  decoderTensors,
  generalMetadata,
  parameterCount,
  sizeLabel,
  tokenizerMetadata,
  type DecoderShape,
  type DecoderTensor,
  type Vocabulary,
} from '../gguf/decoder-model.ts';
import { writeGguf } from '../gguf/write-gguf.ts';
import { CHATML_TEMPLATE, SPECIAL_TOKENS } from './vocabulary.ts';

export interface WriteScriptedModelOptions {
  path: string;
  /** What it answers, a token each; no two may be the same, and none may be a single byte. At most 127. */
  script: readonly string[];
  /** Jinja. Default: ChatML, without tools. */
  chatTemplate?: string;
}

const EMBEDDING_LENGTH = 128;
/** Far above the zero of every other token: what it says is the same at any temperature. */
const CERTAIN = 10;

/**
 * Writes a GGUF of 0.5 MB that answers every prompt with the same tokens and then ends its turn: for tests of what is made
 * of an answer, such as thinking and calls, on a real engine.
 *
 * Nothing in its one block adds anything, so the next token hangs on the last one alone: each token of the script has a
 * direction of its own in the embedding, all others share one, and each direction scores only the token that follows.
 */
export async function writeScriptedModel({
  path,
  script,
  chatTemplate = CHATML_TEMPLATE,
}: WriteScriptedModelOptions): Promise<void> {
  const vocabulary = scriptedVocabulary(script);
  const shape: DecoderShape = {
    architecture: 'llama',
    contextLength: 2048,
    embeddingLength: EMBEDDING_LENGTH,
    blockCount: 1,
    feedForwardLength: EMBEDDING_LENGTH,
    headCount: 4,
    headCountKv: 2,
    headDimension: 32,
    ropeFrequencyBase: 10_000,
    rmsNormEpsilon: 1e-5,
    vocabularySize: vocabulary.tokens.length,
    tiedEmbeddings: false,
  };
  const scriptFrom = vocabulary.tokens.indexOf(script[0] === undefined ? '' : inAlphabet(script[0]));
  /** The direction of a token in the embedding: 0 for whatever is not the script's. */
  const directionOf = (token: number): number =>
    token >= scriptFrom && token < scriptFrom + script.length ? token - scriptFrom + 1 : 0;
  const follower = (direction: number): number =>
    direction < script.length ? scriptFrom + direction : vocabulary.eosId;

  function valuesOf({ name, dimensions, role }: DecoderTensor): Float32Array {
    const values = new Float32Array(dimensions.reduce((product, length) => product * length, 1));
    if (role === 'norm') values.fill(1);
    if (name === 'token_embd.weight')
      for (const token of vocabulary.tokens.keys()) values[token * EMBEDDING_LENGTH + directionOf(token)] = 1;
    if (name === 'output.weight')
      for (let direction = 0; direction <= script.length; direction += 1)
        values[follower(direction) * EMBEDDING_LENGTH + direction] = CERTAIN;
    return values;
  }

  await writeGguf({
    path,
    metadata: {
      ...generalMetadata(shape.architecture, {
        name: 'scripted',
        description: 'Answers every prompt with the same tokens, for tests.',
        sizeLabel: sizeLabel(parameterCount(shape)),
        quant: 'f16',
      }),
      ...decoderMetadata(shape),
      ...tokenizerMetadata(vocabulary, chatTemplate),
    },
    tensors: decoderTensors(shape).map((tensor) => {
      const type = tensor.role === 'matrix' ? 'f16' : 'f32';
      const { name, dimensions } = tensor;
      return { name, dimensions, type, data: () => [encodeValues(type, valuesOf(tensor))] };
    }),
  });
}

/** The bytes, the script, and ChatML's special tokens. There are no merges: prompts are read byte by byte. */
function scriptedVocabulary(script: readonly string[]): Vocabulary {
  const bytes = byteAlphabet();
  const tokens = [...bytes, ...script.map(inAlphabet), ...SPECIAL_TOKENS];
  if (new Set(tokens).size < tokens.length || script.length === 0 || script.length >= EMBEDDING_LENGTH)
    throw new FlotillaError(
      'invalid-input',
      `a script has 1 to ${EMBEDDING_LENGTH - 1} tokens of more than one byte, no two the same`,
    );
  const special = bytes.length + script.length;
  return {
    preTokenizer: 'gpt-2',
    tokens,
    tokenTypes: tokens.map((_, id) => (id < special ? 1 : 3)),
    merges: [],
    bosId: special,
    eosId: special + 2,
    eotId: special + 2,
    paddingId: special,
    addBos: false,
  };
}

/** A text as a byte-level vocabulary writes it. */
function inAlphabet(text: string): string {
  const alphabet = byteAlphabet();
  return Array.from(Buffer.from(text), (byte) => alphabet[byte]).join('');
}
