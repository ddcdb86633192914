/** Lines that name a cause, as llama.cpp and the C++ runtime write them; what surrounds them is addresses and code. */
const CAUSE = /\berror: |\bwhat\(\): |\bfailed to \w+|out of memory/i;
/** By the backend's own name for itself: `CUDA error: ...`, `vk::DeviceLostError`, `ggml_metal_graph_compute: ...`. */
const GPU_FAULT = /\b(CUDA|ROCm|MUSA|SYCL|Vulkan) error\b|\bvk::\w+|\bggml[_-](cuda|vulkan|metal)/i;
/** Of a GPU whose memory was short while it computed: less of it may run there. */
const MEMORY = /out of memory|OutOf(Device|Host)Memory|\balloc|insufficient memory/i;
/** A load says so that did not fit with any number of layers there (`openModel` in agent-serving). */
const NO_ROOM = /available VRAM|not enough VRAM/i;

/** The line that says why native code ended its process; the last one where none names a cause. */
export function exitReason(log: readonly string[]): string | undefined {
  return (log.findLast((line) => CAUSE.test(line)) ?? log.at(-1))?.trim();
}

/** Whether nothing of a model can run on the GPU: it, or its driver, cannot compute, or its memory is taken. */
export function rulesOutGpu(reason: string): boolean {
  return NO_ROOM.test(reason) || (GPU_FAULT.test(reason) && !MEMORY.test(reason));
}
