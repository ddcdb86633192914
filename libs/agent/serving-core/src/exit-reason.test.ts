import { describe, expect, it } from 'vitest';
import { exitReason, rulesOutGpu } from './exit-reason.ts';

/** As an engine on an H200 left it, whose driver is older than the toolkit that the binaries were built with. */
const UNSUPPORTED = [
  'CUDA error: the provided PTX was compiled with an unsupported toolchain.',
  '  current device: 0, in function ggml_cuda_kernel_can_use_pdl at /build/ggml/src/ggml-cuda/common.cuh:1679',
  '  cudaFuncGetAttributes(&attr, kernel)',
];

describe('exitReason', () => {
  it('takes the line that names the cause', () => {
    expect(exitReason(UNSUPPORTED)).toBe(UNSUPPORTED[0]);
  });

  it('takes the last line where none does', () => {
    expect(exitReason(['one', ' two '])).toBe('two');
    expect(exitReason([])).toBeUndefined();
  });
});

describe('rulesOutGpu', () => {
  it.each([
    ['CUDA error: the provided PTX was compiled with an unsupported toolchain.', true],
    ['/build/ggml/src/ggml-cuda/ggml-cuda.cu:98: CUDA error', true],
    ["terminate called after throwing an instance of 'vk::DeviceLostError'", true],
    ['ggml_metal_graph_compute: command buffer 0 failed with status 5', true],
    ['CUDA error: out of memory', false],
    [
      'ggml_backend_cuda_buffer_type_alloc_buffer: allocating 512.00 MiB on device 0: cudaMalloc failed',
      false,
    ],
    ["terminate called after throwing an instance of 'vk::OutOfDeviceMemoryError'", false],
    ['ggml_metal_graph_compute: error: Insufficient Memory (00000008)', false],
    ['A context size of 1024 with 16 sequences is too large for the available VRAM', true],
    ['Not enough VRAM to fit the model with the specified settings', true],
    ['A context size of 1024 with 16 sequences is too large for the available RAM', false],
    ['The engine process ended by SIGKILL.', false],
  ])('%s: %s', (reason, expected) => {
    expect(rulesOutGpu(reason)).toBe(expected);
  });
});
