import type { GgufFacts } from '@flotilla/contracts';
import { readGgufFileInfo } from 'node-llama-cpp';
import { QUANTS } from '../gguf/tensor-type.ts';

/** What the header of one of our files says. Parameters are counted from the tensors, not believed from a label. */
export async function describeGguf(path: string): Promise<GgufFacts> {
  const { metadata, architectureMetadata, fullTensorInfo = [] } = await readGgufFileInfo(path);
  const { general, tokenizer } = metadata;
  const headCountKv = architectureMetadata.attention?.head_count_kv;
  const quant = Object.values(QUANTS).find(({ fileType }) => fileType === Number(general.file_type));
  return {
    architecture: general.architecture,
    name: general.name,
    parameters: fullTensorInfo.reduce(
      (sum, { dimensions }) =>
        sum + dimensions.reduce<number>((product, length) => product * Number(length), 1),
      0,
    ),
    contextTokens: architectureMetadata.context_length,
    layers: architectureMetadata.block_count,
    embeddingLength: architectureMetadata.embedding_length,
    kvHeads: typeof headCountKv === 'number' ? headCountKv : undefined,
    headDim: architectureMetadata.attention?.key_length,
    vocabularySize: tokenizer.ggml.tokens.length,
    quantization: quant?.label ?? 'unknown',
    hasChatTemplate: tokenizer.chat_template !== undefined,
    licence: general.license,
  };
}
