import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getLlama, readGgufFileInfo, type Llama } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSynthModel } from '../synth/write-synth-model.ts';
import { encodeValues } from './encode.ts';
import { bool, f32, i32s, text, texts, u32 } from './metadata.ts';
import { writeGguf } from './write-gguf.ts';

let folder: string;
let llama: Llama;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foundry-'));
  llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1 });
});
afterAll(async () => {
  await llama.dispose();
  await rm(folder, { recursive: true, force: true });
});

describe('a GGUF we wrote', () => {
  it('is read by node-llama-cpp with every key and tensor as given', async () => {
    const path = join(folder, 'facts.gguf');
    const rows = new Float32Array(64).fill(0.5);
    const bytes = await writeGguf({
      path,
      metadata: {
        'general.architecture': text('llama'),
        'general.name': text('Olá, ação'),
        'llama.context_length': u32(2048),
        'llama.rope.freq_base': f32(10_000),
        'tokenizer.ggml.add_bos_token': bool(false),
        'tokenizer.ggml.tokens': texts(['Ġ', '']),
        'tokenizer.ggml.token_type': i32s([3, -1]),
        'general.url': undefined,
      },
      tensors: [
        {
          name: 'b',
          dimensions: [3],
          type: 'f32',
          data: () => [encodeValues('f32', Float32Array.of(1, 2, 3))],
        },
        { name: 'a', dimensions: [32, 2], type: 'q8_0', data: () => [encodeValues('q8_0', rows)] },
      ],
    });
    expect((await stat(path)).size).toBe(bytes);
    const info = await readGgufFileInfo(path);
    expect(info.version).toBe(3);
    expect(info.metadata).toEqual({
      general: { architecture: 'llama', name: 'Olá, ação' },
      llama: { context_length: 2048, rope: { freq_base: 10_000 } },
      tokenizer: { ggml: { add_bos_token: false, tokens: ['Ġ', ''], token_type: [3, -1] } },
    });
    const tensors = info.fullTensorInfo?.map(({ name, dimensions, ggmlType, offset }) => [
      name,
      dimensions,
      ggmlType,
      Number(offset),
    ]);
    expect(tensors).toEqual([
      ['b', [3], 0, 0],
      ['a', [32, 2], 8, 32],
    ]);
  });

  it('leaves nothing behind when a tensor gives too few bytes', async () => {
    const empty = await mkdtemp(join(folder, 'empty-'));
    const short = { name: 'w', dimensions: [4], type: 'f32' as const, data: () => [new Uint8Array(12)] };
    await expect(writeGguf({ path: join(empty, 'x.gguf'), metadata: {}, tensors: [short] })).rejects.toThrow(
      'tensor w gave 12 bytes, its shape needs 16',
    );
    expect(await readdir(empty)).toEqual([]);
  });

  it('refuses rows that are not whole blocks', async () => {
    const odd = { name: 'w', dimensions: [40, 2], type: 'q4_0' as const, data: () => [] };
    await expect(writeGguf({ path: join(folder, 'odd.gguf'), metadata: {}, tensors: [odd] })).rejects.toThrow(
      'multiple of 32',
    );
  });

  it.each(['f16', 'q8_0', 'q4_0'] as const)(
    'loads as a %s model, round-trips text and generates',
    async (quant) => {
      const path = join(folder, `tiny-${quant}.gguf`);
      const { bytes, parameters } = await writeSynthModel({ shape: 'tiny', quant, path });
      expect((await stat(path)).size).toBe(bytes);
      const model = await llama.loadModel({ modelPath: path });
      try {
        const parameterCount = model.fileInfo.fullTensorInfo?.reduce(
          (sum, { dimensions }) =>
            sum + dimensions.reduce<number>((product, length) => product * Number(length), 1),
          0,
        );
        expect(parameterCount).toBe(parameters);
        const sample = 'Liga a bomba 12 às 7h, já! <|im_end|> 🚢';
        expect(model.detokenize(model.tokenize(sample, false))).toBe(sample);
        const context = await model.createContext({ contextSize: 64, threads: 1 });
        const generated: number[] = [];
        for await (const token of context
          .getSequence()
          .evaluate(model.tokenize('set the pump'), { temperature: 0 })) {
          if (generated.push(token) === 16) break;
        }
        expect(generated).toHaveLength(16);
      } finally {
        await model.dispose();
      }
    },
  );
});

describe('synth models', () => {
  it('are the same bytes for the same seed, and others for another', async () => {
    const digests = await Promise.all(
      [1, 1, 2].map(async (seed, index) => {
        const path = join(folder, `seed-${index}.gguf`);
        await writeSynthModel({ shape: 'tiny', quant: 'q8_0', path, seed });
        return sha256(path);
      }),
    );
    expect(digests[0]).toBe(digests[1]);
    expect(digests[0]).not.toBe(digests[2]);
  });
});

async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
