import { givenFields, readBody, type BodyReader, type Read } from '@flotilla/agent-openai';
import { refusedOption } from './options.ts';

/** A body by its table, and its `options` by theirs. */
export function readOllamaBody<T>(body: unknown, reader: BodyReader<T>): Read<T> {
  if (!isRecord(body) || !isRecord(body['options'])) return readBody(body, reader);
  const read = readBody({ ...body, options: givenFields(body['options']) }, reader);
  const refusal = refusedOption(body['options']);
  return refusal === undefined ? read : { ok: false, error: refusal };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
