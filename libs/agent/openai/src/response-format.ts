import { z } from 'zod';
import type { TextForm } from './answer/answer-form.ts';
import { forPrompt } from './json-object.ts';

const Schema = forPrompt(z.union([z.record(z.string(), z.unknown()), z.boolean()]));
const Name = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, underscores or dashes');

/** `strict` is accepted either way: a schema is always kept to. */
const NAMED_SCHEMA = {
  name: Name,
  description: z.string().nullish(),
  schema: Schema.nullish(),
  strict: z.boolean().nullish(),
};

/** Chat completions' `response_format`. */
export const ResponseFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object'), schema: Schema.nullish() }),
  z.strictObject({ type: z.literal('json_schema'), json_schema: z.strictObject(NAMED_SCHEMA) }),
]);
export type ResponseFormat = z.infer<typeof ResponseFormat>;

/** Responses' `text.format`: the same, flat. */
export const TextFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({ type: z.literal('json_schema'), ...NAMED_SCHEMA }),
]);
export type TextFormat = z.infer<typeof TextFormat>;

export function formOfResponseFormat(format: ResponseFormat | undefined): TextForm {
  switch (format?.type) {
    case undefined:
    case 'text':
      return { kind: 'free' };
    case 'json_object':
      return jsonForm(format.schema, 'response_format.schema');
    case 'json_schema':
      return jsonForm(format.json_schema.schema, 'response_format.json_schema.schema');
  }
}

export function formOfTextFormat(format: TextFormat | undefined): TextForm {
  switch (format?.type) {
    case undefined:
    case 'text':
      return { kind: 'free' };
    case 'json_object':
      return { kind: 'json-object' };
    case 'json_schema':
      return jsonForm(format.schema, 'text.format.schema');
  }
}

function jsonForm(schema: unknown, field: string): TextForm {
  return schema == null ? { kind: 'json-object' } : { kind: 'json-schema', schema, field };
}
