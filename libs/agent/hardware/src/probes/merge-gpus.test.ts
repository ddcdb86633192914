import { describe, expect, it } from 'vitest';

import { mergeGpus } from './merge-gpus.ts';

const GIB = 1024 ** 3;

describe('the list of GPUs', () => {
  it('joins what the system lists with what the engine can use', () => {
    const gpus = mergeGpus({
      listed: [
        {
          vendor: 'NVIDIA Corporation',
          model: 'GeForce RTX 3060',
          memoryTotalBytes: 12 * GIB,
          memoryFreeBytes: 11 * GIB,
        },
      ],
      usable: [{ name: 'NVIDIA GeForce RTX 3060', backend: 'cuda' }],
    });
    expect(gpus).toEqual([
      {
        name: 'NVIDIA GeForce RTX 3060',
        backend: 'cuda',
        memoryTotalBytes: 12 * GIB,
        memoryFreeBytes: 11 * GIB,
      },
    ]);
  });

  it('keeps a card that the engine cannot use, and says so', () => {
    const gpus = mergeGpus({ listed: [{ vendor: 'AMD', model: 'Radeon 780M', shared: true }], usable: [] });
    expect(gpus).toEqual([{ name: 'AMD Radeon 780M', backend: 'none', unified: true }]);
  });

  it('does not take one card for another of the same maker', () => {
    const gpus = mergeGpus({
      listed: [
        { vendor: 'NVIDIA', model: 'GeForce RTX 3060', memoryTotalBytes: 12 * GIB },
        { vendor: 'NVIDIA', model: 'GeForce RTX 3090', memoryTotalBytes: 24 * GIB },
      ],
      usable: [{ name: 'NVIDIA GeForce RTX 3090', backend: 'cuda' }],
    });
    expect(gpus.map(({ name, backend, memoryTotalBytes }) => [name, backend, memoryTotalBytes])).toEqual([
      ['NVIDIA GeForce RTX 3090', 'cuda', 24 * GIB],
      ['NVIDIA GeForce RTX 3060', 'none', 12 * GIB],
    ]);
  });

  it('leaves out adapters of virtual screens and controllers without a name', () => {
    const listed = [
      { vendor: 'Red Hat, Inc.', model: 'Virtio GPU' },
      { vendor: 'ASPEED Technology', model: 'ASPEED Graphics Family' },
      {},
    ];
    expect(mergeGpus({ listed, usable: [] })).toEqual([]);
  });

  it('knows that Apple silicon shares its memory', () => {
    expect(mergeGpus({ listed: [], usable: [{ name: 'Apple M3 Pro', backend: 'metal' }] })).toEqual([
      { name: 'Apple M3 Pro', backend: 'metal', unified: true },
    ]);
  });
});
