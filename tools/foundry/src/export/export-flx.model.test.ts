import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGgufFileInfo } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decoderTensors } from '../gguf/decoder-model.ts';
import { synthVocabulary } from '../synth/vocabulary.ts';
import { checkParity } from './check-parity.ts';
import { exportFlx } from './export-flx.ts';
import type { FlxHeader } from './flx-header.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foundry-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const TEMPLATE = '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}';

describe('a training export', () => {
  it('becomes a GGUF that says who made it, how it tokenizes and what its tensors are', async () => {
    const source = await writeFlx('whole.flx');
    const path = join(folder, 'whole.gguf');
    const model = await exportFlx({ source, quant: 'q8_0', path });
    const info = await readGgufFileInfo(path);
    expect(info.metadata.general).toMatchObject({
      architecture: 'llama',
      name: 'harbor-test',
      author: 'Flotilla',
      license: 'apache-2.0',
      file_type: 7,
      quantization_version: 2,
    });
    expect(info.metadata.tokenizer).toMatchObject({
      ggml: {
        model: 'gpt2',
        pre: 'gpt-2',
        bos_token_id: 259,
        eos_token_id: 261,
        eot_token_id: 261,
        add_bos_token: true,
      },
      chat_template: TEMPLATE,
    });
    const types = new Map(info.fullTensorInfo?.map(({ name, ggmlType }) => [name, ggmlType]));
    expect(types.get('token_embd.weight')).toBe(8);
    expect(types.get('blk.0.attn_norm.weight')).toBe(0);
    expect(types.has('output.weight')).toBe(false);
    expect(model.parameters).toBe(262 * 32 + 4 * 32 * 32 + 3 * 32 * 64 + 3 * 32);
  });

  it('keeps the scoring matrix at 8 bits in a q4_0 file', async () => {
    const path = join(folder, 'four.gguf');
    await exportFlx({ source: await writeFlx('four.flx'), quant: 'q4_0', path });
    const info = await readGgufFileInfo(path);
    const types = new Map(info.fullTensorInfo?.map(({ name, ggmlType }) => [name, ggmlType]));
    expect(info.metadata.general.file_type).toBe(2);
    expect([types.get('token_embd.weight'), types.get('blk.0.attn_q.weight')]).toEqual([8, 2]);
  });

  it('is held to its parity samples: same tokens, and uniform predictions from zero weights', async () => {
    const uniform = -Math.log(262);
    const source = await writeFlx('parity.flx', {
      parity: [
        { text: 'A ç', tokens: [65, 32, 195, 167], next: [[0, uniform]] },
        { text: 'B', tokens: [999], next: [] },
      ],
    });
    const path = join(folder, 'parity.gguf');
    await exportFlx({ source, quant: 'f16', path });
    const report = await checkParity({ source, model: path });
    expect(report.samples).toBe(2);
    expect(report.tokenizedOtherwise).toEqual([{ text: 'B', trainer: [999], gguf: [66] }]);
    expect(report.predictions).toBe(1);
    expect(report.largestLogProbError).toBeLessThan(1e-4);
  });

  it('is refused by name when a tensor is missing, has another shape or the file is cut', async () => {
    const path = join(folder, 'bad.gguf');
    const without = await writeFlx('missing.flx', {}, ['output_norm.weight']);
    await expect(exportFlx({ source: without, quant: 'f16', path })).rejects.toThrow(
      'output_norm.weight is missing',
    );
    const cut = await writeFlx('cut.flx', {}, [], 100);
    await expect(exportFlx({ source: cut, quant: 'f16', path })).rejects.toThrow('cut short');
    const text = join(folder, 'text.flx');
    await writeFile(text, 'not an export at all');
    await expect(exportFlx({ source: text, quant: 'f16', path })).rejects.toThrow('not a training export');
    await expect(exportFlx({ source: join(folder, 'none'), quant: 'f16', path })).rejects.toThrow(
      'cannot be opened',
    );
  });
});

/** A tiny export with zero matrices, in the layout of python/EXPORT.md. */
async function writeFlx(
  name: string,
  changes: Partial<FlxHeader> = {},
  leaveOut: string[] = [],
  cut = 0,
): Promise<string> {
  const vocabulary = synthVocabulary({ size: 262, preTokenizer: 'gpt-2' });
  const config = {
    architecture: 'llama' as const,
    context_length: 256,
    embedding_length: 32,
    block_count: 1,
    feed_forward_length: 64,
    head_count: 1,
    head_count_kv: 1,
    head_dim: 32,
    rope_freq_base: 10_000,
    rms_norm_eps: 1e-5,
    vocab_size: 262,
    tied_embeddings: true,
  };
  const tensors: FlxHeader['tensors'] = {};
  let offset = 0;
  for (const tensor of decoderTensors({
    architecture: 'llama',
    contextLength: 256,
    embeddingLength: 32,
    blockCount: 1,
    feedForwardLength: 64,
    headCount: 1,
    headCountKv: 1,
    headDimension: 32,
    ropeFrequencyBase: 10_000,
    rmsNormEpsilon: 1e-5,
    vocabularySize: 262,
    tiedEmbeddings: true,
  })) {
    if (leaveOut.includes(tensor.name)) continue;
    const bytes = 4 * tensor.dimensions.reduce((a, b) => a * b, 1);
    tensors[tensor.name] = { shape: tensor.dimensions.toReversed(), offset, bytes, dtype: 'f32' };
    offset += Math.ceil(bytes / 64) * 64;
  }
  const header: FlxHeader = {
    format: 'flotilla-export',
    v: 1,
    name: 'harbor-test',
    config,
    tokenizer: {
      model: 'gpt2',
      pre: 'gpt-2',
      tokens: [...vocabulary.tokens],
      token_types: [...vocabulary.tokenTypes],
      merges: [...vocabulary.merges],
      bos_token_id: vocabulary.bosId,
      eos_token_id: vocabulary.eosId,
      eot_token_id: vocabulary.eotId,
      padding_token_id: vocabulary.paddingId,
      add_bos_token: true,
    },
    chat_template: TEMPLATE,
    general: { languages: ['en', 'pt'], description: 'a test' },
    training: {},
    tensors,
    parity: [],
    ...changes,
  };
  const json = JSON.stringify(header);
  const length = Math.ceil((8 + Buffer.byteLength(json)) / 64) * 64 - 8;
  const head = Buffer.alloc(8 + length, ' ');
  head.writeBigUInt64LE(BigInt(length));
  head.write(json, 8);
  const path = join(folder, name);
  await writeFile(path, Buffer.concat([head, Buffer.alloc(offset - cut)]));
  return path;
}
