import { WellFormed } from '@flotilla/agent-openai';
import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { KeepAlive } from './keep-alive.ts';
import { ModelName } from './model-name.ts';
import { Options } from './options.ts';
import { OLLAMA_EMBEDDINGS_PARAMETERS, OLLAMA_EMBED_PARAMETERS } from './parameters.ts';
import { readOllamaBody } from './read-body.ts';
import { nanoseconds } from './response.ts';

/** As many as OpenAI's clients may send at once. */
const MOST_INPUTS = 2_048;

const EmbedBody = z.object({
  model: ModelName,
  input: z.union([WellFormed.transform((text) => [text]), z.array(WellFormed).max(MOST_INPUTS)]).default([]),
  truncate: z.boolean().default(true),
  dimensions: z.int().min(1).optional(),
  keep_alive: KeepAlive.optional(),
  options: Options.default({}),
});

const EmbeddingsBody = z.object({
  model: ModelName,
  prompt: WellFormed.default(''),
  keep_alive: KeepAlive.optional(),
  options: Options.default({}),
});

/** Texts to be turned into vectors. None: the caller only wants the model loaded. */
export interface OllamaEmbedCall {
  model: string;
  inputs: string[];
  /** An input that is too long is cut at its end, as Ollama documents it. */
  truncate: boolean;
  /** Numbers a vector must have. */
  dimensions: number | undefined;
  /** How long the model stays loaded afterwards, in milliseconds; undefined: not said. */
  keepForMs: number | undefined;
}

export type ParsedOllamaEmbed = { ok: true; call: OllamaEmbedCall } | { ok: false; error: FlotillaError };

/** Reads the body of `POST /api/embed`. */
export function parseEmbed(body: unknown): ParsedOllamaEmbed {
  const read = readOllamaBody(body, {
    table: OLLAMA_EMBED_PARAMETERS,
    endpoint: '/api/embed',
    schema: EmbedBody,
  });
  if (!read.ok) return read;
  const { model, input: inputs, truncate, dimensions, keep_alive: keepForMs } = read.value;
  return { ok: true, call: { model, inputs, truncate, dimensions, keepForMs } };
}

/** Reads the body of `POST /api/embeddings`. */
export function parseEmbeddings(body: unknown): ParsedOllamaEmbed {
  const read = readOllamaBody(body, {
    table: OLLAMA_EMBEDDINGS_PARAMETERS,
    endpoint: '/api/embeddings',
    schema: EmbeddingsBody,
  });
  if (!read.ok) return read;
  const { model, prompt, keep_alive: keepForMs } = read.value;
  const inputs = prompt === '' ? [] : [prompt];
  return { ok: true, call: { model, inputs, truncate: true, dimensions: undefined, keepForMs } };
}

export function embedAnswer(options: {
  model: string;
  vectors: readonly (readonly number[])[];
  tokens: number;
  totalMs: number;
}) {
  return {
    model: options.model,
    embeddings: options.vectors,
    total_duration: nanoseconds(options.totalMs),
    load_duration: 0,
    prompt_eval_count: options.tokens,
  };
}

export function embeddingsAnswer(vector: readonly number[] | undefined) {
  return { embedding: vector ?? [] };
}
