/*
 * A process of its own, forked by inspect-model.ts: it takes one request, answers once and ends. The engine takes
 * 100 MB on import and more per header, and a native abort on a hostile file would take the agent with it.
 */
import {
  getLlama,
  getLlamaGpuTypes,
  getModuleVersion,
  GgmlType,
  GgufInsights,
  LlamaLogLevel,
  readGgufFileInfo,
  type Llama,
} from 'node-llama-cpp';

import { InspectRequest, type InspectAnswer } from './inspect-message.ts';

type Inspected = Extract<InspectAnswer, { kind: 'inspected' }>;

/** Warnings since the last look: the library tells of its fallback to a heuristic nowhere else. */
let warnings: string[] = [];

process.once('message', (message) => {
  answer(InspectRequest.parse(message)).then(send, (error: unknown) => {
    send({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  });
});
process.once('disconnect', () => process.exit());

function send(result: InspectAnswer): void {
  process.send?.(result, () => process.exit());
}

async function answer({ path, configurations }: InspectRequest): Promise<InspectAnswer> {
  const llama = await getLlama({
    build: 'never',
    gpu: path === undefined ? 'auto' : false,
    maxThreads: 1,
    logLevel: LlamaLogLevel.warn,
    logger: (_level, text) => warnings.push(text.trim()),
  });
  const devices = await devicesOf(llama);
  if (path === undefined) return { kind: 'inspected', devices, estimates: [] };
  const insights = await GgufInsights.from(await readGgufFileInfo(path, { logWarnings: false }), llama);
  const estimates: Inspected['estimates'] = [];
  for (const configuration of configurations) estimates.push(await estimate(insights, configuration));
  return {
    kind: 'inspected',
    devices,
    architectureSupported: insights.isSupportedByLlamaCpp,
    estimates,
  };
}

async function devicesOf(llama: Llama): Promise<Inspected['devices']> {
  const gpuTypes = (await getLlamaGpuTypes('supported')).filter((type) => type !== false);
  const engineRelease = `llama.cpp ${llama.llamaCppRelease.release} node-llama-cpp ${await getModuleVersion()}`;
  if (llama.gpu === false) return { engineRelease, gpuTypes, gpus: [] };
  const [names, { total, free }] = await Promise.all([llama.getGpuDeviceNames(), llama.getVramState()]);
  const backend = llama.gpu;
  // The engine tells the memory of all devices together only.
  const memory = names.length === 1 ? { memoryTotalBytes: total, memoryFreeBytes: free } : {};
  return { engineRelease, gpuTypes, gpus: names.map((name) => ({ name, backend, ...memory })) };
}

async function estimate(
  insights: GgufInsights,
  { contextTokens, sequences, batchTokens, kvType }: InspectRequest['configurations'][number],
): Promise<Inspected['estimates'][number]> {
  warnings = [];
  const kvCacheType = kvType === 'q8_0' ? GgmlType.Q8_0 : GgmlType.F16;
  const model = await insights.estimateModelResourceRequirementsV2({ gpuLayers: 0, useMmap: false });
  const context = await insights.estimateContextResourceRequirementsV2({
    contextSize: contextTokens,
    modelGpuLayers: 0,
    batchSize: batchTokens,
    sequences,
    flashAttention: kvType === 'q8_0' ? true : 'auto',
    kvCacheKeyType: kvCacheType,
    kvCacheValueType: kvCacheType,
    useMmap: false,
  });
  // The deprecated heuristic answers silently when the simulation fails, and is off by a factor for a q8_0 cache.
  const fallback = warnings.find((warning) => warning.includes('Falling back to estimation heuristic'));
  if (fallback !== undefined) return { unavailable: fallback };
  return { weightsBytes: model.cpuRam, contextBytes: context.cpuRam };
}
