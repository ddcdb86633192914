import { setImmediate as nextTurn } from 'node:timers/promises';
import { FlotillaError } from '@flotilla/contracts';
import {
  LlamaLogLevel,
  getLlama,
  type Llama,
  type LlamaContext,
  type LlamaContextSequence,
  type LlamaModel,
} from 'node-llama-cpp';
import type { EngineInfo, EngineSpec } from '../engine.ts';
import { createChatTemplate, type ChatTemplate } from './chat-prompt.ts';
import { collectSamplers } from './collect-samplers.ts';
import { openModel } from './open-model.ts';
import { readPooling, type FilePooling } from './vectors/read-pooling.ts';
import { readVocabulary, type Vocabulary } from './vocabulary.ts';

export interface LoadedModel {
  llama: Llama;
  model: LlamaModel;
  context: LlamaContext;
  sequences: LlamaContextSequence[];
  vocabulary: Vocabulary;
  template: ChatTemplate;
  pooling: FilePooling;
  info: EngineInfo;
}

const UNKNOWN_POOLING: FilePooling = { architecture: '', pooling: 'none', isCausal: true };
const LOG_LINES = 20;
const LOG_TURNS = 50;

/**
 * Loads the model of a spec, exactly as the spec says.
 *
 * The library reports a broken file as "Failed to load model" and puts the reason into its log, so the
 * log is kept and becomes part of the error. Throws `load-failed`, or `did-not-fit` over the memory limit.
 */
export async function loadModel(
  spec: EngineSpec,
  now: () => number,
  onProgress: (share: number) => void = () => undefined,
): Promise<LoadedModel> {
  const startedAt = now();
  const log: string[] = [];
  const logger = (level: LlamaLogLevel, message: string): void => {
    if (level !== LlamaLogLevel.error && level !== LlamaLogLevel.warn) return;
    // What a backend says before it aborts the process is not said again; stderr is read by the supervisor.
    if (level === LlamaLogLevel.error) process.stderr.write(`${message.trim()}\n`);
    log.push(message.trim());
    if (log.length > LOG_LINES) log.shift();
  };
  const mostThreads = Math.max(spec.threads, spec.threadsLimit ?? 0);
  try {
    const llama = await getLlama({
      build: 'never',
      skipDownload: true,
      gpu: spec.gpu === 'auto' ? 'auto' : false,
      maxThreads: mostThreads,
      logLevel: LlamaLogLevel.warn,
      logger,
    });
    const pooling = (await readPooling(spec.modelPath)) ?? UNKNOWN_POOLING;
    const { model, context } = await openModel(llama, { spec, pooling, mostThreads, onProgress });
    // A context's own number is fixed; what all may use together can be changed at any time.
    llama.maxThreads = spec.threads;
    const sequences = Array.from({ length: spec.sequences }, () => context.getSequence());
    const vocabulary = readVocabulary(model);
    collectSamplers(model, vocabulary.size);
    const template = createChatTemplate({
      source: model.fileInfo.metadata.tokenizer.chat_template,
      bosToken: model.tokens.bosString ?? '',
      eosToken: model.tokens.eosString ?? '',
      controlTexts: vocabulary.controlTexts,
    });
    const loaded: LoadedModel = {
      llama,
      model,
      context,
      sequences,
      vocabulary,
      template,
      pooling,
      info: describe({ spec, llama, model, context, template, pooling, loadMs: now() - startedAt }),
    };
    refuseOverLimit(spec, loaded.info);
    return loaded;
  } catch (cause) {
    if (cause instanceof FlotillaError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    // The library hands its log over on a later turn of the event loop than its error.
    for (let turn = 0; turn < LOG_TURNS && log.length === 0; turn += 1) await nextTurn();
    throw new FlotillaError('load-failed', [`The model could not be loaded: ${reason}`, ...log].join('\n'), {
      cause,
      details: { about: spec.modelDigest, log },
    });
  }
}

function describe(input: {
  spec: EngineSpec;
  llama: Llama;
  model: LlamaModel;
  context: LlamaContext;
  template: ChatTemplate;
  pooling: FilePooling;
  loadMs: number;
}): EngineInfo {
  const { spec, llama, model, context, template, pooling, loadMs } = input;
  const modelMemory = model.memoryUsage;
  const contextMemory = context.memoryUsage;
  return {
    pid: process.pid,
    modelName: model.fileInfo.metadata.general.name ?? '',
    architecture: model.architecture,
    contextTokens: spec.contextTokens,
    trainContextTokens: model.trainContextSize,
    sequences: spec.sequences,
    batchTokens: Math.max(context.batchSize, spec.sequences),
    threads: spec.threads,
    gpu: llama.gpu === false ? 'cpu' : llama.gpu,
    gpuLayers: model.gpuLayers,
    vocabularySize: model.fileInfo.metadata.tokenizer.ggml.tokens.length,
    supportsTools: template.supportsTools,
    supportsThinking: template.supportsThinking,
    ...(template.thinkingSwitch === undefined ? {} : { thinkingSwitch: template.thinkingSwitch }),
    ...(template.thinkingTags === undefined ? {} : { thinkingTags: template.thinkingTags }),
    supportsReasoningEffort: template.supportsReasoningEffort,
    pooling: pooling.pooling,
    isReranker: model.fileInsights.supportsRanking,
    embeddingLength: model.embeddingVectorSize,
    hasAdapter: spec.adapter !== undefined,
    engineRelease: llama.llamaCppRelease.release,
    modelBytes: modelMemory.ram + modelMemory.vram,
    contextBytes: contextMemory.ram + contextMemory.vram,
    rssBytes: process.memoryUsage().rss,
    loadMs,
  };
}

function refuseOverLimit(spec: EngineSpec, info: EngineInfo): void {
  if (spec.memoryLimitBytes === undefined || info.rssBytes <= spec.memoryLimitBytes) return;
  throw new FlotillaError(
    'did-not-fit',
    `Loaded, the engine holds ${info.rssBytes} bytes; ${spec.memoryLimitBytes} are allowed.`,
    {
      details: {
        about: spec.modelDigest,
        rssBytes: info.rssBytes,
        memoryLimitBytes: spec.memoryLimitBytes,
        fix: 'Fewer sequences or a shorter context.',
      },
    },
  );
}
