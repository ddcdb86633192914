/*
 * A process of its own, forked by inspect-model.ts: it takes one request, answers once and ends. The engine takes
 * 100 MB on import and more per header; a hostile file may keep its reader busy for seconds, or abort native code, and
 * would take the agent with it. Native code never sees a header that is out of bounds.
 */
import { stat } from 'node:fs/promises';

import { isFlotillaError } from '@flotilla/contracts';
import { adapterMemory, ggufFacts, isAdapter } from '@flotilla/sizing';
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

import { checkAdapterFile, checkGgufFile, invalidGguf } from '../gguf/check-gguf-file.ts';
import { InspectRequest, type InspectAnswer } from './inspect-message.ts';

type Inspected = Extract<InspectAnswer, { kind: 'inspected' }>;
type InspectedModel = NonNullable<Inspected['model']>;
type Configuration = InspectRequest['configurations'][number];

/** Of a model that says it was trained for less. */
const LEAST_CONTEXT_TOKENS = 64;
const NO_ADAPTER = { weightsBytes: 0, bytesPerBatchToken: 0 };

/** Warnings since the last look: the library tells of its fallback to a heuristic nowhere else. */
let warnings: string[] = [];

process.once('message', (message) => {
  answer(InspectRequest.parse(message)).then(send, (error: unknown) => {
    if (isFlotillaError(error) && error.code === 'gguf-invalid')
      send({ kind: 'refused', message: error.message, fix: error.details.fix });
    else send({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  });
});
process.once('disconnect', () => process.exit());

function send(result: InspectAnswer): void {
  process.send?.(result, () => process.exit());
}

async function answer({
  path,
  adapterPath,
  withinTraining = false,
  configurations,
}: InspectRequest): Promise<InspectAnswer> {
  const read = path === undefined ? undefined : await readModel(path, adapterPath);
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
  const most = withinTraining ? trainedTokens(read) : Infinity;
  const estimates: Inspected['estimates'] = [];
  for (const wanted of configurations) {
    const configuration = { ...wanted, contextTokens: Math.min(wanted.contextTokens, most) };
    estimates.push({ configuration, ...(await estimate(insights, configuration)) });
  }
  return {
    kind: 'inspected',
    devices,
    model: read && { ...read, isArchitectureKnown: insights.isSupportedByLlamaCpp },
    estimates,
  };
}

async function readModel(
  path: string,
  adapterPath: string | undefined,
): Promise<Omit<InspectedModel, 'isArchitectureKnown'>> {
  const header = await checkGgufFile(path);
  if (isAdapter(header))
    throw invalidGguf(path, 'it is an adapter, and no model', 'Merge it into its model first.');
  const adapter =
    adapterPath === undefined ? NO_ADAPTER : adapterMemory(await checkAdapterFile(adapterPath, header));
  const facts = ggufFacts(header);
  const pooling = header.metadata.get(`${facts.architecture}.pooling_type`);
  const { size } = await stat(path);
  return { facts, bytes: size, adapter, ...(typeof pooling === 'number' ? { pooling } : {}) };
}

function trainedTokens(model: Pick<InspectedModel, 'facts'> | undefined): number {
  return Math.max(LEAST_CONTEXT_TOKENS, model?.facts.contextTokens ?? Infinity);
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
  { contextTokens, sequences, batchTokens, kvType }: Configuration,
): Promise<Omit<Inspected['estimates'][number], 'configuration'>> {
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
