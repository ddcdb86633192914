import { FUNCTION_FIELDS, offeredTools, type CallForm, type FunctionTool } from '@flotilla/agent-openai';
import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';

export const OllamaTools = z
  .array(
    z.strictObject({
      type: z.literal('function'),
      function: z.strictObject({ ...FUNCTION_FIELDS, type: z.literal('function').nullish() }),
    }),
  )
  .max(128);
export type OllamaTools = z.infer<typeof OllamaTools>;

/** The functions the model is told about. Ollama has no choice of tools: whether it calls one is up to the model. */
export function toolsOf(
  sent: OllamaTools | undefined,
): { ok: true; tools: FunctionTool[]; calls?: CallForm } | { ok: false; error: FlotillaError } {
  return offeredTools({
    functions: (sent ?? []).map((tool, index) => ({
      fields: tool.function,
      field: `tools[${index}].function.parameters`,
    })),
    choice: undefined,
  });
}
