import { createHash } from 'node:crypto';
import { GgufFacts } from '@flotilla/contracts';
import { ggufFacts } from '@flotilla/sizing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ggufFile } from './testing/index.ts';
import { GgufPassage } from './gguf-passage.ts';
import { refuseUnloadable, stated } from './import-refusals.ts';
import type { Hashing } from './ports.ts';

const hashing: Hashing = {
  sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
  start() {
    const hash = createHash('sha256');
    return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') };
  },
};

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const shared = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, at + size);
    // As file streams may: the same buffer again and again.
    shared.set(part);
    yield shared.subarray(0, part.length);
  }
}

async function pass(bytes: Uint8Array, size = 64 * 1024) {
  const passage = new GgufPassage({ hashing, check: refuseUnloadable });
  const hash = createHash('sha256');
  for await (const piece of passage.through(pieces(bytes, size))) hash.update(piece);
  return {
    facts: stated(GgufFacts.safeParse(ggufFacts(passage.header))),
    chunks: passage.chunks,
    digest: hash.digest('hex'),
  };
}

const refused = (reason: RegExp): unknown =>
  expect.objectContaining({ code: 'gguf-invalid', message: expect.stringMatching(reason) });

describe('a GGUF on its way into the catalogue', () => {
  it('passes unchanged, in chunks of 4 MiB each with its own hash', async () => {
    const bytes = ggufFile({ dataBytes: 9 * 2 ** 20 });
    const { chunks, digest } = await pass(bytes, 100_003);
    expect(digest).toBe(hashing.sha256(bytes));
    const expected = [0, 1, 2].map((i) => hashing.sha256(bytes.subarray(i * 2 ** 22, (i + 1) * 2 ** 22)));
    expect(chunks).toEqual(expected);
  });

  it('is read however its bytes are cut', async () => {
    const bytes = ggufFile({});
    const whole = await pass(bytes, bytes.length);
    expect(whole.facts).toMatchObject({ architecture: 'llama', contextTokens: 2048, quantization: 'F16' });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: bytes.length }), async (size) => {
        expect(await pass(bytes, size)).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  it('is refused when it is cut short anywhere', async () => {
    const bytes = ggufFile({});
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), async (length) => {
        await expect(pass(bytes.subarray(0, length))).rejects.toThrow(refused(/./));
      }),
      { numRuns: 50 },
    );
  });

  it('is refused before it is read to its end when it is no GGUF', async () => {
    const passage = new GgufPassage({ hashing, check: refuseUnloadable });
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += 65_536;
        yield new Uint8Array(65_536).fill(7);
      }
    }
    await expect(
      (async () => {
        for await (const _piece of passage.through(endless()));
      })(),
    ).rejects.toThrow(refused(/GGUF/));
    expect(given).toBeLessThan(2 ** 20);
  });

  it('is refused as one part of a split file', async () => {
    await expect(pass(ggufFile({ splits: 3 }))).rejects.toThrow(refused(/one part of 3/));
  });

  it('never ends in anything but facts or a refusal, whatever byte is changed', async () => {
    const bytes = ggufFile({});
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), async (at, value) => {
        const changed = bytes.slice();
        changed[at] = value;
        const outcome = await pass(changed).then(
          () => 'facts',
          (error: unknown) => (error as { code?: string }).code,
        );
        expect(['facts', 'gguf-invalid']).toContain(outcome);
      }),
      { numRuns: 300 },
    );
  });
});
