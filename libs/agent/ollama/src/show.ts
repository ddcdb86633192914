import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { ModelName, askedModel, optionalName } from './model-name.ts';
import { OLLAMA_SHOW_PARAMETERS } from './parameters.ts';
import { readOllamaBody } from './read-body.ts';

const ShowBody = z.object({
  model: optionalName(ModelName),
  name: optionalName(ModelName),
  verbose: z.boolean().optional(),
});

/** Reads the body of `POST /api/show`; `model` without Ollama's tag. */
export function parseShow(body: unknown): { ok: true; model: string } | { ok: false; error: FlotillaError } {
  const read = readOllamaBody(body, {
    table: OLLAMA_SHOW_PARAMETERS,
    endpoint: '/api/show',
    schema: ShowBody,
  });
  return read.ok ? askedModel(read.value) : read;
}
