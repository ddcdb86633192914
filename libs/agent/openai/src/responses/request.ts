import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import type { AnswerForm } from '../answer/answer-form.ts';
import { unsupported } from '../errors.ts';
import { MOST_TOP_LOGPROBS, type GenerationRequest } from '../generation.ts';
import { RESPONSE_PAIRS, RESPONSE_PARAMETERS } from '../parameters/responses.ts';
import { refusedPair } from '../parameters/table.ts';
import { readBody } from '../read-body.ts';
import { ReasoningEffort, type ThinkingWish } from '../reasoning.ts';
import { TextFormat, formOfTextFormat } from '../response-format.ts';
import { CALLER_FIELDS, SAMPLING_FIELDS, WellFormed, toSampling } from '../sampling-fields.ts';
import { FUNCTION_FIELDS, FunctionName, offeredTools, refusedParallel, type CallChoice } from '../tools.ts';
import {
  ResponseInput,
  readInput,
  type ConversationItem,
  type ItemSources,
  type OrphanOutput,
} from './items.ts';

/** What may be shown beside an answer. */
export const Include = z.enum(['message.output_text.logprobs', 'reasoning.encrypted_content']);

const NamedFunction = z.strictObject({ type: z.literal('function'), name: FunctionName });

const ToolChoice = z.union([
  z.literal(['auto', 'none', 'required']),
  NamedFunction,
  z.strictObject({
    type: z.literal('allowed_tools'),
    mode: z.literal(['auto', 'required']),
    tools: z.array(NamedFunction).min(1).max(128),
  }),
]);

const ResponseBody = z.object({
  model: z.string().min(1),
  input: ResponseInput,
  instructions: WellFormed.optional(),
  previous_response_id: z.string().min(1).optional(),
  store: z.boolean().default(true),
  stream: z.boolean().default(false),
  ...SAMPLING_FIELDS,
  max_output_tokens: z.int().min(1).optional(),
  text: z
    .strictObject({ format: TextFormat.optional(), verbosity: z.literal('medium').nullish() })
    .optional(),
  tools: z
    .array(z.strictObject({ type: z.literal('function'), ...FUNCTION_FIELDS }))
    .max(128)
    .optional(),
  tool_choice: ToolChoice.optional(),
  parallel_tool_calls: z.boolean().optional(),
  reasoning: z
    .strictObject({ effort: ReasoningEffort.nullish(), summary: z.literal('auto').nullish() })
    .optional(),
  top_logprobs: z.int().min(0).max(MOST_TOP_LOGPROBS).optional(),
  include: z.array(Include).optional(),
  metadata: z
    .record(z.string().max(64), z.string().max(512))
    .refine((pairs) => Object.keys(pairs).length <= 16, 'has more than 16 pairs')
    .optional(),
  ...CALLER_FIELDS,
  safety_identifier: z.string().optional(),
  prompt_cache_key: z.string().optional(),
});
export type ResponseBody = z.infer<typeof ResponseBody>;

/** A request for a response as we run it; `items` are its own, without those of the response before. */
export interface ResponseCall {
  model: string;
  /** Without messages: they come from `instructions`, the conversation so far and `items`. */
  generation: Omit<GenerationRequest, 'messages'>;
  form: AnswerForm;
  thinking: ThinkingWish;
  instructions?: string;
  items: ConversationItem[];
  /** Outputs among `items` whose calls must stand in the response before. */
  orphans: OrphanOutput[];
  previousId?: string;
  store: boolean;
  stream: boolean;
  timeoutMs?: number;
  /** What the response repeats of its request. */
  body: ResponseBody;
}

export type ParsedResponseRequest = { ok: true; call: ResponseCall } | { ok: false; error: FlotillaError };

/** Reads the body of `POST /v1/responses`: a field is honoured, or refused by its name. */
export function parseResponseRequest(body: unknown, sources: ItemSources): ParsedResponseRequest {
  const read = readBody(body, { schema: ResponseBody, table: RESPONSE_PARAMETERS, endpoint: 'responses' });
  if (!read.ok) return read;
  const { value } = read;
  const input = readInput(value.input, sources);
  if (!input.ok) return input;
  const parallel = refusedParallel(value.parallel_tool_calls, value.tools?.length ?? 0);
  if (parallel !== undefined) return { ok: false, error: parallel };
  const offered = offeredTools({
    functions: (value.tools ?? []).map((tool, index) => ({
      fields: tool,
      field: `tools[${index}].parameters`,
    })),
    choice: choiceOf(value.tool_choice, value.tools?.length ?? 0),
    parallel: value.parallel_tool_calls,
  });
  if (!offered.ok) return offered;
  const logprobs = value.include?.includes('message.output_text.logprobs') ?? false;
  if ((value.top_logprobs ?? 0) > 0 && !logprobs)
    return {
      ok: false,
      error: unsupported('top_logprobs', 'it is only shown with include `message.output_text.logprobs`'),
    };
  const pair = refusedPair(RESPONSE_PAIRS, (name) =>
    name === 'tools' ? offered.calls !== undefined : logprobs,
  );
  if (pair !== undefined) return { ok: false, error: pair };
  const form: AnswerForm = { text: formOfTextFormat(value.text?.format), calls: offered.calls };
  const effort = value.reasoning?.effort ?? undefined;
  return {
    ok: true,
    call: {
      model: value.model,
      form,
      thinking: { effort, effortField: 'reasoning.effort', form },
      items: input.items,
      orphans: input.orphans,
      instructions: value.instructions,
      previousId: value.previous_response_id,
      store: value.store,
      stream: value.stream,
      timeoutMs: value.timeout,
      body: value,
      generation: {
        tools: offered.tools,
        stop: [],
        maxTokens: value.max_output_tokens,
        sampling: toSampling(value),
        ...(logprobs ? { logprobs: { top: value.top_logprobs ?? 0 } } : {}),
      },
    },
  };
}

/** `auto` and `none` say nothing where there are no tools: this API's clients send them along. */
function choiceOf(choice: ResponseBody['tool_choice'], tools: number): CallChoice | undefined {
  if (choice === undefined || (tools === 0 && choice === 'auto')) return undefined;
  if (typeof choice === 'string') return { mode: choice };
  if (choice.type === 'function') return { mode: 'required', names: [choice.name] };
  return { mode: choice.mode, names: choice.tools.map(({ name }) => name) };
}
