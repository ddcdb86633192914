import { open } from 'node:fs/promises';
import { parseGgufHeader, type GgufHeader } from '@flotilla/sizing';
import type { EngineInfo } from '../../engine.ts';

/** What a file says of the vectors its model gives. */
export interface FilePooling {
  architecture: string;
  /** `none`: it says nothing. */
  pooling: EngineInfo['pooling'];
  /** Each position sees only those before it, so a text may be read in pieces. */
  isCausal: boolean;
}

/** As ggml numbers them; unspecified is -1. */
const POOLINGS: readonly EngineInfo['pooling'][] = ['none', 'mean', 'cls', 'last', 'rank'];
const FIRST_READ_BYTES = 1024 * 1024;

/** Undefined for a file that is no GGUF: whoever loads it says why. */
export async function readPooling(path: string): Promise<FilePooling | undefined> {
  const header = await readHeader(path);
  const architecture = header?.metadata.get('general.architecture');
  if (header === undefined || typeof architecture !== 'string') return undefined;
  const type = header.metadata.get(`${architecture}.pooling_type`);
  return {
    architecture,
    pooling: (typeof type === 'number' ? POOLINGS[type] : undefined) ?? 'none',
    isCausal: header.metadata.get(`${architecture}.attention.causal`) !== false,
  };
}

async function readHeader(path: string): Promise<GgufHeader | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    for (let length = Math.min(size, FIRST_READ_BYTES); ;) {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await file.read(bytes, 0, length, 0);
      const parse = parseGgufHeader(bytes.subarray(0, bytesRead));
      if (parse.kind === 'header') return parse.header;
      if (parse.kind === 'invalid' || parse.neededBytes > size || length === size) return undefined;
      length = Math.min(size, Math.max(parse.neededBytes, length * 2));
    }
  } finally {
    await file.close();
  }
}
