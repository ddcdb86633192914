import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { unsupported } from './errors.ts';
import { EMBEDDING_PARAMETERS } from './parameters/others.ts';
import { readBody } from './read-body.ts';
import { CALLER_FIELDS } from './sampling-fields.ts';
import { eachOf, textsOrTokens } from './texts-or-tokens.ts';

const MOST_INPUTS = 2_048;

const EmbeddingBody = z.object({
  model: z.string().min(1),
  input: textsOrTokens({ most: MOST_INPUTS }),
  encoding_format: z.enum(['float', 'base64']).default('float'),
  dimensions: z.int().min(1).optional(),
  ...CALLER_FIELDS,
});

export interface EmbeddingCall {
  model: string;
  inputs: (string | number[])[];
  encoding: 'float' | 'base64';
  dimensions?: number;
  timeoutMs?: number;
}

export type ParsedEmbeddingRequest = { ok: true; call: EmbeddingCall } | { ok: false; error: FlotillaError };

export function parseEmbeddingRequest(body: unknown): ParsedEmbeddingRequest {
  const read = readBody(body, {
    schema: EmbeddingBody,
    table: EMBEDDING_PARAMETERS,
    endpoint: 'embeddings',
    tokenFields: ['input'],
  });
  if (!read.ok) return read;
  const { model, input, encoding_format: encoding, dimensions, timeout } = read.value;
  return {
    ok: true,
    call: { model, inputs: eachOf(input), encoding, dimensions, timeoutMs: timeout },
  };
}

/** A number of dimensions that the model's vectors do not have: no model here was trained to be cut. */
export function refusedDimensions(asked: number | undefined, has: number): FlotillaError | undefined {
  return asked === undefined || asked === has
    ? undefined
    : unsupported('dimensions', `the model’s vectors have ${has} numbers and may not be cut`);
}

/** `vectors` in the order of the inputs; base64 holds little-endian 32-bit floats, as OpenAI's clients decode it. */
export function embeddingList({
  model,
  vectors,
  tokens,
  encoding,
}: {
  model: string;
  vectors: readonly (readonly number[])[];
  tokens: number;
  encoding: 'float' | 'base64';
}) {
  return {
    object: 'list' as const,
    model,
    data: vectors.map((vector, index) => ({
      object: 'embedding' as const,
      index,
      embedding: encoding === 'float' ? vector : base64Floats(vector),
    })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

function base64Floats(vector: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(vector.length * 4));
  vector.forEach((value, index) => view.setFloat32(index * 4, value, true));
  return Buffer.from(view.buffer).toString('base64');
}
