import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import type { CallForm, CallableFunction } from './answer/answer-form.ts';
import { invalid, unsupported } from './errors.ts';
import type { FunctionTool } from './generation.ts';
import { JsonObject } from './json-object.ts';
import { WellFormed } from './sampling-fields.ts';

/** Goes into the prompt as it is, so that templates can compare it: nothing in it can start a control token. */
export const FunctionName = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, underscores or dashes');

/** The fields of a function, flat in the Responses API and one level down in chat completions. */
export const FUNCTION_FIELDS = {
  name: FunctionName,
  description: WellFormed.nullish(),
  parameters: JsonObject.nullish(),
  strict: z.boolean().nullish(),
};
type FunctionFields = z.infer<z.ZodObject<typeof FUNCTION_FIELDS>>;

export const ChatTools = z
  .array(z.strictObject({ type: z.literal('function'), function: z.strictObject(FUNCTION_FIELDS) }))
  .max(128);
export type ChatTools = z.infer<typeof ChatTools>;

const NamedFunction = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({ name: FunctionName }),
});

export const ToolChoice = z.union([
  z.literal(['auto', 'none', 'required']),
  NamedFunction,
  z.strictObject({
    type: z.literal('allowed_tools'),
    allowed_tools: z.strictObject({
      mode: z.literal(['auto', 'required']),
      tools: z.array(NamedFunction).min(1).max(128),
    }),
  }),
]);
export type ToolChoice = z.infer<typeof ToolChoice>;

/** Which functions the answer may call, and whether it must. `names` undefined: all that are offered. */
export interface CallChoice {
  mode: 'auto' | 'none' | 'required';
  names?: readonly string[];
}

export function callChoice(choice: ToolChoice | undefined): CallChoice | undefined {
  if (choice === undefined) return undefined;
  if (typeof choice === 'string') return { mode: choice };
  if (choice.type === 'function') return { mode: 'required', names: [choice.function.name] };
  const { mode, tools } = choice.allowed_tools;
  return { mode, names: tools.map((tool) => tool.function.name) };
}

/** A function as it was sent, with the field its parameters stood in. */
export interface SentFunction {
  fields: FunctionFields;
  field: string;
}

export function sentFunctions(tools: ChatTools | undefined): SentFunction[] {
  return (tools ?? []).map((tool, index) => ({
    fields: tool.function,
    field: `tools[${index}].function.parameters`,
  }));
}

type Offered = { ok: true; tools: FunctionTool[]; calls?: CallForm } | { ok: false; error: FlotillaError };

/** The functions the model is told about, and how the answer is held to them. */
export function offeredTools(options: {
  functions: readonly SentFunction[];
  choice: CallChoice | undefined;
  /** Default true. */
  parallel?: boolean;
}): Offered {
  const { functions, choice, parallel = true } = options;
  const names = functions.map(({ fields }) => fields.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    return { ok: false, error: invalid('tools', `has two functions called \`${twice}\``) };
  if (functions.length === 0) {
    return choice === undefined || choice.mode === 'none'
      ? { ok: true, tools: [] }
      : { ok: false, error: invalid('tool_choice', 'is only allowed when `tools` are given') };
  }
  if (choice?.mode === 'none') return { ok: true, tools: [] };
  const missing = choice?.names?.find((name) => !names.includes(name));
  if (missing !== undefined)
    return { ok: false, error: invalid('tool_choice', `names \`${missing}\`, which is not in \`tools\``) };
  const allowed = functions.filter(({ fields }) => choice?.names?.includes(fields.name) ?? true);
  return {
    ok: true,
    tools: allowed.map(({ fields }) => toolOf(fields)),
    calls: {
      functions: allowed.map(callableOf),
      required: choice?.mode === 'required',
      // A named function is called once, as OpenAI does it.
      single: !parallel || (choice?.mode === 'required' && choice.names?.length === 1),
    },
  };
}

function toolOf({ name, description, parameters }: FunctionFields): FunctionTool {
  return {
    name,
    ...(description == null ? {} : { description }),
    ...(parameters == null ? {} : { parameters }),
  };
}

function callableOf({ fields, field }: SentFunction): CallableFunction {
  const { name, parameters, strict } = fields;
  return { name, field, strict: strict === true, ...(parameters == null ? {} : { parameters }) };
}

/** `parallel_tool_calls` without tools says nothing; OpenAI refuses it, and so do we. */
export function refusedParallel(parallel: boolean | undefined, functions: number): FlotillaError | undefined {
  return parallel === false && functions === 0
    ? unsupported('parallel_tool_calls', 'it is only allowed when `tools` are given')
    : undefined;
}
