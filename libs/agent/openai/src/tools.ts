import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { invalid, unsupported } from './errors.ts';
import type { FunctionTool } from './generation.ts';
import { MOST_JSON_LEVELS, nestsDeeperThan } from './json-depth.ts';

/** Goes into the prompt as it is, so that templates can compare it: nothing in it can start a control token. */
export const FunctionName = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, underscores or dashes');

export const ChatTools = z
  .array(
    z.strictObject({
      type: z.literal('function'),
      function: z.strictObject({
        name: FunctionName,
        description: z.string().nullish(),
        parameters: z
          .record(z.string(), z.unknown())
          .refine(
            (schema) => !nestsDeeperThan(schema, MOST_JSON_LEVELS),
            `nests deeper than ${MOST_JSON_LEVELS} levels`,
          )
          .nullish(),
        strict: z.boolean().nullish(),
      }),
    }),
  )
  .max(128);
export type ChatTools = z.infer<typeof ChatTools>;

export const ToolChoice = z.union([
  z.literal(['auto', 'none', 'required']),
  z.looseObject({ type: z.string() }),
]);
export type ToolChoice = z.infer<typeof ToolChoice>;

type Offered = { ok: true; tools: FunctionTool[] } | { ok: false; error: FlotillaError };

/** The functions the model is told about; what it cannot be held to is refused. */
export function offeredTools(tools: ChatTools | undefined, choice: ToolChoice | undefined): Offered {
  if (choice !== undefined && choice !== 'auto' && choice !== 'none') {
    return {
      ok: false,
      error: unsupported('tool_choice', 'a call cannot be forced yet; use `auto` or `none`'),
    };
  }
  if (choice === 'auto' && (tools ?? []).length === 0) {
    return { ok: false, error: invalid('tool_choice', 'is only allowed when `tools` are given') };
  }
  const strict = (tools ?? []).findIndex((tool) => tool.function.strict === true);
  if (strict >= 0) {
    return {
      ok: false,
      error: unsupported(`tools[${strict}].function.strict`, 'arguments cannot be held to their schema yet'),
    };
  }
  if (choice === 'none') return { ok: true, tools: [] };
  return {
    ok: true,
    tools: (tools ?? []).map(({ function: offered }) => ({
      name: offered.name,
      ...(offered.description == null ? {} : { description: offered.description }),
      ...(offered.parameters == null ? {} : { parameters: offered.parameters }),
    })),
  };
}
