import {
  WellFormed,
  invalid,
  refusedPair,
  toSampling,
  unsupported,
  type RequestSampling,
} from '@flotilla/agent-openai';
import { LIMITS, type FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { ModelName, NewModelName, askedModel, optionalName } from './model-name.ts';
import { Options, maxTokensOf, refusedPenalties } from './options.ts';
import {
  OLLAMA_COPY_PARAMETERS,
  OLLAMA_CREATE_PAIRS,
  OLLAMA_CREATE_PARAMETERS,
  OLLAMA_DELETE_PARAMETERS,
  OLLAMA_PULL_PARAMETERS,
} from './parameters.ts';
import { readOllamaBody } from './read-body.ts';

/** Text of a licence that is kept, in characters. */
const MOST_LICENCE = 65_536;

/** What is asked of a model where a request does not say otherwise, in Ollama's words. */
export const ModelParameters = Options.extend({ num_ctx: z.int().min(64).max(1_048_576).optional() });
export type ModelParameters = z.infer<typeof ModelParameters>;

/** A model to be made: of a file that was sent before, or of what serves here already. */
export interface CreateCall {
  model: string;
  stream: boolean;
  of: { kind: 'file'; digest: string } | { kind: 'model'; model: string };
  system: string | undefined;
  license: string | undefined;
  parameters: ModelParameters;
}

type Parsed<Call> = { ok: true; call: Call } | { ok: false; error: FlotillaError };

const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 lower-case hex digits');
const Licence = z
  .union([WellFormed, z.array(WellFormed).transform((texts) => texts.join('\n\n'))])
  .refine((text) => text.length <= MOST_LICENCE, `is longer than ${MOST_LICENCE} characters`);

const CreateBody = z.object({
  model: optionalName(NewModelName),
  name: optionalName(NewModelName),
  stream: z.boolean().default(true),
  from: optionalName(ModelName),
  files: z.record(z.string().max(255), Digest).optional(),
  system: WellFormed.max(LIMITS.systemPromptCharacters).optional(),
  license: Licence.optional(),
  parameters: ModelParameters.default({}),
});

/** Reads the body of `POST /api/create`. */
export function parseCreate(body: unknown): Parsed<CreateCall> {
  const reader = { table: OLLAMA_CREATE_PARAMETERS, endpoint: '/api/create', schema: CreateBody };
  const read = readOllamaBody(body, reader, 'parameters');
  if (!read.ok) return read;
  const { stream, from, files = {}, system, license, parameters } = read.value;
  const asked = askedModel(read.value);
  if (!asked.ok) return asked;
  const { model } = asked;
  const penalties = refusedPenalties(parameters, 'parameters');
  if (penalties !== undefined) return { ok: false, error: penalties };
  const digests = [...new Set(Object.values(files))];
  const stands: Record<string, boolean> = { from: from !== undefined, files: digests.length > 0 };
  const pair = refusedPair(OLLAMA_CREATE_PAIRS, (field) => stands[field] === true);
  if (pair !== undefined) return { ok: false, error: pair };
  const [digest, ...more] = digests;
  if (more.length > 0)
    return {
      ok: false,
      error: unsupported('files', 'a model is one GGUF file; join the parts of a split one first'),
    };
  const of =
    from !== undefined
      ? ({ kind: 'model', model: from } as const)
      : digest !== undefined
        ? ({ kind: 'file', digest: digest.slice('sha256:'.length) } as const)
        : undefined;
  if (of === undefined) return { ok: false, error: invalid('files', 'or `from` is required') };
  return { ok: true, call: { model, stream, of, system, license, parameters } };
}

/** What the parameters of a model mean for a request that leaves them out, and for the engine. */
export function modelDefaults(parameters: ModelParameters): {
  sampling: RequestSampling;
  stop: string[];
  maxTokens: number | undefined;
  /** Of one request. Default: the box's choice. */
  contextTokens: number | undefined;
} {
  return {
    sampling: toSampling(parameters),
    stop: parameters.stop ?? [],
    maxTokens: maxTokensOf(parameters),
    contextTokens: parameters.num_ctx,
  };
}

export interface CopyCall {
  source: string;
  destination: string;
}

/** Reads the body of `POST /api/copy`. */
export function parseCopy(body: unknown): Parsed<CopyCall> {
  const read = readOllamaBody(body, {
    table: OLLAMA_COPY_PARAMETERS,
    endpoint: '/api/copy',
    schema: z.object({
      source: ModelName,
      destination: NewModelName,
    }),
  });
  return read.ok ? { ok: true, call: read.value } : read;
}

const NamedBody = z.object({
  model: optionalName(ModelName),
  name: optionalName(ModelName),
});

/** Reads the body of `DELETE /api/delete`. */
export function parseDelete(body: unknown): Parsed<{ model: string }> {
  const read = readOllamaBody(body, {
    table: OLLAMA_DELETE_PARAMETERS,
    endpoint: '/api/delete',
    schema: NamedBody,
  });
  if (!read.ok) return read;
  const asked = askedModel(read.value);
  return asked.ok ? { ok: true, call: { model: asked.model } } : asked;
}

/** Reads the body of `POST /api/pull`. */
export function parsePull(body: unknown): Parsed<{ model: string; stream: boolean }> {
  const read = readOllamaBody(body, {
    table: OLLAMA_PULL_PARAMETERS,
    endpoint: '/api/pull',
    schema: NamedBody.extend({ stream: z.boolean().default(true), insecure: z.boolean().optional() }),
  });
  if (!read.ok) return read;
  const asked = askedModel(read.value);
  return asked.ok ? { ok: true, call: { model: asked.model, stream: read.value.stream } } : asked;
}

/** The digest in the path of `/api/blobs/{digest}`, without `sha256:`. */
export function parseBlobDigest(text: string): Parsed<{ digest: string }> {
  const parsed = Digest.safeParse(text);
  return parsed.success
    ? { ok: true, call: { digest: parsed.data.slice('sha256:'.length) } }
    : { ok: false, error: invalid('digest', 'must be sha256: and 64 lower-case hex digits') };
}
