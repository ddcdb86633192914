import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSynthModel, type WriteSynthModelOptions } from '@flotilla/foundry';
import type { EngineSpec } from '../src/index.ts';

export interface TinyModel {
  /** Of the file, alone in its folder. */
  path: string;
  spec(changes?: Partial<EngineSpec>): EngineSpec;
  remove(): Promise<void>;
}

/** A llama of 2 MB with random weights: its answers mean nothing, never end by themselves, and are always the same. */
export async function writeTinyModel(
  shape: 'tiny' | 'tiny-reranker' = 'tiny',
  options: Pick<WriteSynthModelOptions, 'chatTemplate' | 'vocabularySize'> = {},
): Promise<TinyModel> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-serving-'));
  const path = join(folder, 'tiny.gguf');
  await writeSynthModel({ shape, quant: 'f16', path, ...options });
  return {
    path,
    spec: (changes) => ({
      modelPath: path,
      modelDigest: 'tiny',
      contextTokens: 512,
      sequences: 4,
      batchTokens: 64,
      threads: 1,
      gpu: 'off',
      kvCacheType: 'f16',
      ...changes,
    }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
