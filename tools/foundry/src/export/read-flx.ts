import { open, type FileHandle } from 'node:fs/promises';
import { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { FlxHeader } from './flx-header.ts';

const MAX_HEADER_BYTES = 64 * 2 ** 20;

export type Flx = AsyncDisposable & {
  header: FlxHeader;
  /** The f32 values of a tensor, in row-major order. */
  readTensor(name: string): Promise<Float32Array>;
};

/** Opens a training export; dispose it when done. Throws `invalid-input` naming the file and what is wrong with it. */
export async function openFlx(path: string): Promise<Flx> {
  const file = await open(path).catch((cause: unknown) => {
    throw new FlotillaError('not-found', `${path} cannot be opened; name a training export (*.flx)`, {
      cause,
    });
  });
  try {
    const { header, dataStart } = await readHeader(file, path);
    return {
      header,
      async readTensor(name) {
        const info = header.tensors[name];
        if (!info) throw invalid(path, `has no tensor ${name}`);
        const values = info.shape.reduce((product, length) => product * length, 1);
        if (info.bytes !== 4 * values)
          throw invalid(path, `gives tensor ${name} ${info.bytes} bytes for ${values} values`);
        return decodeF32(await readExactly(file, path, dataStart + info.offset, info.bytes));
      },
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readHeader(file: FileHandle, path: string): Promise<{ header: FlxHeader; dataStart: number }> {
  const length = Number((await readExactly(file, path, 0, 8)).readBigUInt64LE());
  if (length > MAX_HEADER_BYTES)
    throw invalid(path, 'is not a training export (its header would be too long)');
  const text = (await readExactly(file, path, 8, length)).toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new FlotillaError('invalid-input', `${path} is not a training export (its header is no JSON)`, {
      cause,
    });
  }
  const parsed = FlxHeader.safeParse(json);
  if (!parsed.success)
    throw invalid(path, `has a header that does not fit: ${z.prettifyError(parsed.error)}`);
  return { header: parsed.data, dataStart: 8 + length };
}

async function readExactly(
  file: FileHandle,
  path: string,
  position: number,
  length: number,
): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead !== length) throw invalid(path, `ends after ${position + bytesRead} bytes; it is cut short`);
  return buffer;
}

function decodeF32(bytes: Buffer): Float32Array {
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

function invalid(path: string, what: string): FlotillaError {
  return new FlotillaError('invalid-input', `${path} ${what}`, { details: { about: path } });
}
