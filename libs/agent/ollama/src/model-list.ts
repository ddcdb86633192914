import type { ModelParameters } from './manage.ts';
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
  /** What is known of a model that was made on this box. Absent for a service of the fleet. */
  own?: OwnModel;
}

export interface OwnModel {
  bytes: number;
  architecture: string;
  quantization: string;
  /** Weights. */
  parameterCount?: number;
  system?: string;
  license?: string;
  parameters: ModelParameters;
  /** The header has a chat template, or the file can only make vectors: what it can do before it was loaded. */
  capabilities: readonly string[];
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
      size: model.own?.bytes ?? model.engine?.modelBytes ?? 0,
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
  const { engine, own } = model;
  const family = engine?.architecture ?? own?.architecture ?? '';
  const parameters = parameterLines({ ...own?.parameters, num_ctx: model.contextTokens });
  return {
    license: own?.license ?? '',
    modelfile: [
      own === undefined ? `# ${model.variant}, managed by the fleet` : '# made on this box',
      `FROM ${taggedName(model.service)}`,
      ...(model.adapter === undefined ? [] : [`ADAPTER ${model.adapter}`]),
      ...(own === undefined ? [] : parameters.map((line) => `PARAMETER ${line}`)),
      ...(own?.system === undefined ? [] : [`SYSTEM ${JSON.stringify(own.system)}`]),
      '',
    ].join('\n'),
    parameters: parameters.join('\n'),
    ...(own?.system === undefined ? {} : { system: own.system }),
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
    capabilities: engine === undefined ? [...(own?.capabilities ?? [])] : capabilities(engine),
    modified_at: timeOf(model),
  };
}

/** As Ollama writes them: a name and a value, one line for each of several values. */
function parameterLines(parameters: ModelParameters): string[] {
  const byName = Object.entries(parameters).sort(([one], [other]) => (one < other ? -1 : 1));
  return byName.flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((one) => one !== undefined)
      .map((one) => `${name} ${JSON.stringify(one)}`),
  );
}

function named({ service }: OllamaModel) {
  return { name: taggedName(service), model: taggedName(service) };
}

function timeOf({ since }: OllamaModel): string {
  return new Date(since * 1_000).toISOString();
}

/** Says only what is known; what a variant is called tells its quantization and size, as in `harbor-1m-q8_0`. */
function details({ variant, engine, own }: OllamaModel) {
  const family = engine?.architecture ?? own?.architecture ?? '';
  return {
    parent_model: '',
    format: 'gguf',
    family,
    families: family === '' ? [] : [family],
    parameter_size:
      parameterSize(own) ??
      (/(?:^|[-_])(\d+(?:\.\d+)?[kmb])(?:[-_.]|$)/i.exec(variant)?.[1] ?? '').toUpperCase(),
    quantization_level: (
      own?.quantization ??
      /(?:^|[-.])(i?q\d\w*|mxfp4|bf16|f16|f32)$/i.exec(variant)?.[1] ??
      'unknown'
    ).toUpperCase(),
  };
}

/** `1.5B`, `494M`, as Ollama writes it. */
function parameterSize(own: OwnModel | undefined): string | undefined {
  const count = own?.parameterCount;
  if (count === undefined) return undefined;
  const [unit, name] = count >= 1e9 ? [1e9, 'B'] : count >= 1e6 ? [1e6, 'M'] : [1e3, 'K'];
  return `${Math.round((count / unit) * 10) / 10}${name}`;
}

function capabilities(engine: OllamaEngine): string[] {
  if (engine.isReranker) return [];
  return [
    ...(engine.hasVectors ? ['embedding'] : ['completion']),
    ...(engine.supportsTools ? ['tools'] : []),
    ...(engine.supportsThinking ? ['thinking'] : []),
  ];
}
