import { z } from 'zod';

/**
 * What is to be cleared of a conversation before the model reads it.
 *
 * Of thinking, whatever is to be kept: none of an earlier turn is shown to the model again. Other edits would change
 * the prompt, and are refused by their place.
 */
export const ContextManagement = z.strictObject({
  edits: z
    .array(
      z.strictObject({
        type: z.literal(
          'clear_thinking_20251015',
          'must be clear_thinking_20251015; no other edit is made here',
        ),
        keep: z
          .union([
            z.literal('all'),
            z.strictObject({ type: z.literal('all') }),
            z.strictObject({ type: z.literal('thinking_turns'), value: z.int().min(1) }),
          ])
          .nullish(),
      }),
    )
    .nullish(),
});
