import { FlotillaError } from '@flotilla/contracts';
import {
  decoderMetadata,
  decoderTensors,
  generalMetadata,
  parameterCount,
  sizeLabel,
  tensorTypeFor,
  tokenizerMetadata,
  type DecoderShape,
  type DecoderTensor,
} from '../gguf/decoder-model.ts';
import { encodeValues } from '../gguf/encode.ts';
import type { Quant, TensorType } from '../gguf/tensor-type.ts';
import { writeGguf, type WriteGgufOptions } from '../gguf/write-gguf.ts';
import type { FlxHeader } from './flx-header.ts';
import { openFlx, type Flx } from './read-flx.ts';

export type ExportFlxOptions = Pick<WriteGgufOptions, 'onProgress' | 'signal'> & {
  /** The training export, see python/EXPORT.md. */
  source: string;
  quant: Quant;
  path: string;
};

export type ExportedModel = { path: string; name: string; bytes: number; parameters: number };

/** Turns a training export into a GGUF: its matrices in `quant`, norms in f32, tokenizer and template inside. */
export async function exportFlx({
  source,
  quant,
  path,
  ...options
}: ExportFlxOptions): Promise<ExportedModel> {
  await using flx = await openFlx(source);
  const { header } = flx;
  const shape = shapeOf(header);
  const tensors = decoderTensors(shape);
  checkTensors(header, tensors);
  const parameters = parameterCount(shape);
  const bytes = await writeGguf({
    ...options,
    path,
    metadata: {
      ...generalMetadata(shape.architecture, {
        name: header.name,
        description: header.general.description,
        sizeLabel: sizeLabel(parameters),
        languages: header.general.languages,
        quant,
      }),
      ...decoderMetadata(shape),
      ...tokenizerMetadata(vocabularyOf(header), header.chat_template),
    },
    tensors: tensors.map((tensor) => {
      const type = tensorTypeFor(tensor, { quant, shape });
      return {
        name: tensor.name,
        dimensions: tensor.dimensions,
        type,
        data: () => encodedTensor(flx, tensor.name, type),
      };
    }),
  });
  return { path, name: header.name, bytes, parameters };
}

async function* encodedTensor(flx: Flx, name: string, type: TensorType): AsyncIterable<Uint8Array> {
  yield encodeValues(type, await flx.readTensor(name));
}

function shapeOf({ config }: FlxHeader): DecoderShape {
  return {
    architecture: config.architecture,
    contextLength: config.context_length,
    embeddingLength: config.embedding_length,
    blockCount: config.block_count,
    feedForwardLength: config.feed_forward_length,
    headCount: config.head_count,
    headCountKv: config.head_count_kv,
    headDimension: config.head_dim,
    ropeFrequencyBase: config.rope_freq_base,
    rmsNormEpsilon: config.rms_norm_eps,
    vocabularySize: config.vocab_size,
    tiedEmbeddings: config.tied_embeddings,
  };
}

function vocabularyOf({ tokenizer, config, name }: FlxHeader): Parameters<typeof tokenizerMetadata>[0] {
  if (tokenizer.tokens.length !== config.vocab_size || tokenizer.token_types.length !== config.vocab_size) {
    throw new FlotillaError(
      'invalid-input',
      `${name}: ${tokenizer.tokens.length} tokens and ${tokenizer.token_types.length} types for a vocabulary of ${config.vocab_size}`,
    );
  }
  return {
    preTokenizer: tokenizer.pre,
    tokens: tokenizer.tokens,
    tokenTypes: tokenizer.token_types,
    merges: tokenizer.merges,
    bosId: tokenizer.bos_token_id,
    eosId: tokenizer.eos_token_id,
    eotId: tokenizer.eot_token_id,
    paddingId: tokenizer.padding_token_id,
    addBos: tokenizer.add_bos_token,
  };
}

/** A tensor that is missing, extra or of another shape means the two sides disagree about the network. */
function checkTensors(header: FlxHeader, tensors: readonly DecoderTensor[]): void {
  const given = new Set(Object.keys(header.tensors));
  for (const { name, dimensions } of tensors) {
    const shape = header.tensors[name]?.shape.toReversed().join(' x ');
    if (shape !== dimensions.join(' x ')) {
      throw new FlotillaError(
        'invalid-input',
        `${header.name}: tensor ${name} is ${shape ?? 'missing'}, not ${dimensions.join(' x ')}`,
      );
    }
    given.delete(name);
  }
  const [extra] = given;
  if (extra)
    throw new FlotillaError(
      'invalid-input',
      `${header.name}: tensor ${extra} has no place in a ${header.config.architecture} model`,
    );
}
