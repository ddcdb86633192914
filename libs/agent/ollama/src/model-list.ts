import { taggedName } from './model-name.ts';

/** The version of Ollama's API that this follows; clients compare it. */
export const OLLAMA_API_VERSION = '0.33.0';

/** What the box knows of one service. Sizes in bytes, lengths in tokens. */
export interface OllamaModel {
  service: string;
  /** Unix seconds, since when it serves. */
  since: number;
  variant: string;
  /** sha256 of the GGUF, hex. */
  digest: string;
  contextTokens: number;
  /** Unix milliseconds at which it is unloaded if nobody uses it before. Default: not by time. */
  unloadsAt?: number;
  /** Name of the adapter that its answers are made with. */
  adapter?: string;
  /** The same engine, asked to go without its adapter. Default false. */
  isBase?: boolean;
  /** Absent while no engine runs. */
  engine?: OllamaEngine;
}

export interface OllamaEngine {
  architecture: string;
  modelName: string;
  modelBytes: number;
  contextBytes: number;
  trainContextTokens: number;
  embeddingLength: number;
  vocabularySize: number;
  /** Layers on a graphics card. */
  gpuLayers: number;
  supportsTools: boolean;
  supportsThinking: boolean;
  /** Trained for vectors. */
  hasVectors: boolean;
  /** Ranks documents, and writes nothing; Ollama has no word for it. */
  isReranker: boolean;
}

export function versionAnswer() {
  return { version: OLLAMA_API_VERSION };
}

/** `GET /api/tags` */
export function tagsAnswer(models: readonly OllamaModel[]) {
  return {
    models: models.map((model) => ({
      ...named(model),
      modified_at: timeOf(model),
      size: model.engine?.modelBytes ?? 0,
      digest: model.digest,
      details: details(model),
    })),
  };
}

/** Ollama's own text for a model that is never unloaded by time. */
const NEVER = '2318-01-01T00:00:00Z';

/** `GET /api/ps`: the services whose model is loaded. */
export function psAnswer(models: readonly OllamaModel[]) {
  return {
    models: models.flatMap((model) => {
      const { engine } = model;
      if (engine === undefined) return [];
      const size = engine.modelBytes + engine.contextBytes;
      return [
        {
          ...named(model),
          size,
          digest: model.digest,
          details: details(model),
          expires_at: model.unloadsAt === undefined ? NEVER : new Date(model.unloadsAt).toISOString(),
          size_vram: engine.gpuLayers > 0 ? size : 0,
          context_length: model.contextTokens,
        },
      ];
    }),
  };
}

/** `POST /api/show` */
export function showAnswer(model: OllamaModel) {
  const { engine } = model;
  const family = engine?.architecture ?? '';
  return {
    license: '',
    modelfile: [
      `# ${model.variant}, managed by the fleet`,
      `FROM ${taggedName(model.service)}`,
      ...(model.adapter === undefined ? [] : [`ADAPTER ${model.adapter}`]),
      '',
    ].join('\n'),
    parameters: `num_ctx ${model.contextTokens}`,
    template: '',
    details: details(model),
    model_info: {
      'general.architecture': family,
      'general.name': engine?.modelName ?? '',
      ...(engine === undefined
        ? {}
        : {
            [`${family}.context_length`]: engine.trainContextTokens,
            [`${family}.embedding_length`]: engine.embeddingLength,
            [`${family}.vocab_size`]: engine.vocabularySize,
          }),
    },
    capabilities: capabilities(engine),
    modified_at: timeOf(model),
  };
}

function named({ service }: OllamaModel) {
  return { name: taggedName(service), model: taggedName(service) };
}

function timeOf({ since }: OllamaModel): string {
  return new Date(since * 1_000).toISOString();
}

/** Says only what is known; what a variant is called tells its quantization and size, as in `harbor-1m-q8_0`. */
function details({ variant, engine }: OllamaModel) {
  const family = engine?.architecture ?? '';
  return {
    parent_model: '',
    format: 'gguf',
    family,
    families: family === '' ? [] : [family],
    parameter_size: (/(?:^|[-_])(\d+(?:\.\d+)?[kmb])(?:[-_.]|$)/i.exec(variant)?.[1] ?? '').toUpperCase(),
    quantization_level: (
      /(?:^|[-.])(i?q\d\w*|mxfp4|bf16|f16|f32)$/i.exec(variant)?.[1] ?? 'unknown'
    ).toUpperCase(),
  };
}

function capabilities(engine: OllamaEngine | undefined): string[] {
  if (engine === undefined || engine.isReranker) return [];
  return [
    ...(engine.hasVectors ? ['embedding'] : ['completion']),
    ...(engine.supportsTools ? ['tools'] : []),
    ...(engine.supportsThinking ? ['thinking'] : []),
  ];
}
