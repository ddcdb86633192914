import { invalid } from '@flotilla/agent-openai';
import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';

const LATEST = ':latest';

/** The name without Ollama's default tag: `assistant:latest` is `assistant`. Any other tag belongs to the name. */
function serviceName(model: string): string {
  return model.endsWith(LATEST) ? model.slice(0, -LATEST.length) : model;
}

/** The name as Ollama lists it. */
export function taggedName(service: string): string {
  return service.includes(':') ? service : `${service}${LATEST}`;
}

/** A model that is here already, without Ollama's tag. */
export const ModelName = z.string().min(1).transform(serviceName);

/** A name that may be left out: Ollama's clients in Go then send an empty one. */
export const optionalName = <Name>(name: z.ZodType<Name>) =>
  z.preprocess((sent) => (sent === '' ? undefined : sent), name.optional()).optional();

/** The model that is meant: under `model`, or under the older `name`, which must not say another one. */
export function askedModel({
  model,
  name,
}: {
  model?: string | undefined;
  name?: string | undefined;
}): { ok: true; model: string } | { ok: false; error: FlotillaError } {
  const asked = model ?? name;
  if (asked === undefined) return { ok: false, error: invalid('model', 'is required') };
  return name === undefined || name === asked
    ? { ok: true, model: asked }
    : { ok: false, error: invalid('name', 'says another model than `model`; send one of them') };
}

/** A name for a model that is made here: as variants are called (`llama3.2`), and Ollama's tag behind it. No path, no `@`. */
export const NewModelName = z
  .string()
  .transform(serviceName)
  .refine(
    (name) =>
      /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?(?::[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/.test(
        name,
      ),
    'must be 1 to 63 lower-case letters, digits or inner dots, dashes or underscores, and may have a `:tag`',
  );
