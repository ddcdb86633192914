import { givenFields, readBody, type BodyReader, type Read } from '@flotilla/agent-openai';
import { refusedOption } from './options.ts';

/** A body by its table, and its `options` by theirs; a route may have them in another field. */
export function readOllamaBody<T>(body: unknown, reader: BodyReader<T>, field = 'options'): Read<T> {
  const options = isRecord(body) ? body[field] : undefined;
  if (!isRecord(body) || !isRecord(options)) return readBody(body, reader);
  const read = readBody({ ...body, [field]: givenFields(options) }, reader);
  const refusal = refusedOption(options, field);
  return refusal === undefined ? read : { ok: false, error: refusal };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
