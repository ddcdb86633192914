import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { chunkLength, readRecords } from './chunk-journal.ts';

const manifest = { bytes: 3 * 65_536 + 10, chunkBytes: 65_536, chunks: ['a', 'b', 'c', 'd'] };

describe('the records of a journal', () => {
  it('never says more than its chunk holds, whatever bytes it is made of', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const { received, validBytes } = readRecords(Buffer.from(bytes), manifest);
        expect(validBytes).toBeLessThanOrEqual(Math.max(24, bytes.length));
        for (const [index, count] of received.entries()) {
          expect(count).toBeLessThanOrEqual(chunkLength(manifest, index));
        }
      }),
    );
  });
});
