import {
  FunctionName,
  JsonObject,
  WellFormed,
  fieldName,
  firstIssue,
  offeredTools,
  unsupported,
  type CallChoice,
  type CallForm,
  type FunctionTool,
  type SentFunction,
} from '@flotilla/agent-openai';
import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { CacheControl } from './blocks.ts';

/** What each entry is, is looked at afterwards, so that the refusal can say which type cannot be offered. */
export const AnthropicTools = z.array(z.looseObject({ type: z.string().nullish() })).max(128);
export type AnthropicTools = z.infer<typeof AnthropicTools>;

const CustomTool = z.strictObject({
  type: z.literal('custom').nullish(),
  name: FunctionName,
  description: WellFormed.nullish(),
  input_schema: JsonObject,
  strict: z.boolean().nullish(),
  cache_control: CacheControl,
  // What leaves the answer as it is may be sent; what would change it is refused.
  eager_input_streaming: z.boolean().nullish(),
  input_examples: z.array(z.unknown()).max(0).nullish(),
  defer_loading: z.literal(false).nullish(),
  allowed_callers: z.tuple([z.literal('direct')]).nullish(),
});

const Parallel = z.boolean().optional();

export const AnthropicToolChoice = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('auto'), disable_parallel_tool_use: Parallel }),
  z.strictObject({ type: z.literal('any'), disable_parallel_tool_use: Parallel }),
  z.strictObject({ type: z.literal('tool'), name: FunctionName, disable_parallel_tool_use: Parallel }),
  z.strictObject({ type: z.literal('none') }),
]);
export type AnthropicToolChoice = z.infer<typeof AnthropicToolChoice>;

export type OfferedTools =
  | { ok: true; tools: FunctionTool[]; calls?: CallForm }
  | { ok: false; error: FlotillaError };

/** The functions the model is told about, and how the answer is held to them. */
export function toolsOf(
  sent: AnthropicTools | undefined,
  choice: AnthropicToolChoice | undefined,
): OfferedTools {
  const functions: SentFunction[] = [];
  for (const [index, tool] of (sent ?? []).entries()) {
    const at = ['tools', index];
    if (tool.type != null && tool.type !== 'custom') return { ok: false, error: serverTool(tool.type, at) };
    const custom = CustomTool.safeParse(tool);
    if (!custom.success) return { ok: false, error: firstIssue(custom.error, at) };
    const { name, description, input_schema: parameters, strict } = custom.data;
    functions.push({
      fields: { name, description, parameters, strict },
      field: fieldName([...at, 'input_schema']),
    });
  }
  const parallel = !(
    choice !== undefined &&
    choice.type !== 'none' &&
    choice.disable_parallel_tool_use === true
  );
  return offeredTools({ functions, choice: choiceOf(choice), parallel });
}

function choiceOf(choice: AnthropicToolChoice | undefined): CallChoice | undefined {
  switch (choice?.type) {
    case undefined:
      return undefined;
    case 'auto':
    case 'none':
      return { mode: choice.type };
    case 'any':
      return { mode: 'required' };
    case 'tool':
      return { mode: 'required', names: [choice.name] };
  }
}

function serverTool(type: string, at: readonly PropertyKey[]): FlotillaError {
  const name = /^\w{1,64}$/.test(type) ? ` of type \`${type}\`` : ' of this type';
  return unsupported(
    fieldName([...at, 'type']),
    `the box has no tool${name}; describe your own with name and input_schema`,
  );
}
