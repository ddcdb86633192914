import { z } from 'zod';
import { unsupported } from './errors.ts';
import { fieldName, firstIssue, type Read } from './read-body.ts';
import { WellFormed } from './sampling-fields.ts';

/** A part as it stands in a body; what it holds is read once its type is known, so that a refusal can name it. */
export const ContentPart = z.looseObject({ type: z.string() });
export type ContentPart = z.infer<typeof ContentPart>;

/** Beside a text. What they say about caching changes nothing: the prefix cache finds shared prefixes by itself. */
const TEXT_FIELDS = {
  text: WellFormed,
  cache_control: z.unknown().optional(),
  prompt_cache_breakpoint: z.unknown().optional(),
};

export type TextParts = Readonly<Record<string, z.ZodType<{ text: string }>>>;

/** The parts that a chat message may have. */
export const CHAT_PARTS: TextParts = {
  text: z.strictObject({ type: z.literal('text'), ...TEXT_FIELDS }),
};

/** The parts that an item of the Responses API may have. */
export const RESPONSE_PARTS: TextParts = {
  input_text: z.strictObject({ type: z.literal('input_text'), ...TEXT_FIELDS }),
  output_text: z.strictObject({
    type: z.literal('output_text'),
    ...TEXT_FIELDS,
    // What clients copy from an answer, or put beside it, as openai’s `parse` does.
    annotations: z.array(z.unknown()).nullish(),
    logprobs: z.array(z.unknown()).nullish(),
    parsed: z.unknown().optional(),
  }),
};

/** The text of a content, its parts joined; `at` is where the content stands. */
export function contentText(
  content: string | readonly ContentPart[],
  { parts, at }: { parts: TextParts; at: readonly PropertyKey[] },
): Read<string> {
  if (typeof content === 'string') return { ok: true, value: content };
  let text = '';
  for (const [index, part] of content.entries()) {
    const place = [...at, index];
    const schema = Object.hasOwn(parts, part.type) ? parts[part.type] : undefined;
    if (schema === undefined)
      return {
        ok: false,
        error: unsupported(fieldName(place), `a part of type \`${part.type}\` cannot be read; send text`),
      };
    const read = schema.safeParse(part);
    if (!read.success) return { ok: false, error: firstIssue(read.error, place) };
    text += read.data.text;
  }
  return { ok: true, value: text };
}
