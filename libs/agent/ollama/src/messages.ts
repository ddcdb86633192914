import {
  FunctionName,
  MOST_JSON_LEVELS,
  WellFormed,
  invalid,
  nestsDeeperThan,
  unsupported,
  type GenerationMessage,
  type ToolCall,
} from '@flotilla/agent-openai';
import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';

const Arguments = z
  .record(z.string(), z.unknown())
  .refine(
    (value) => !nestsDeeperThan(value, MOST_JSON_LEVELS),
    `nests deeper than ${MOST_JSON_LEVELS} levels`,
  );

const SentCall = z.strictObject({
  id: WellFormed.nullish(),
  type: z.literal('function').nullish(),
  function: z.strictObject({ index: z.int().nullish(), name: FunctionName, arguments: Arguments.nullish() }),
});

const Message = z.strictObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: WellFormed.nullish(),
  thinking: WellFormed.nullish().describe('Of an earlier turn; not shown again, as the templates do it.'),
  images: z.array(z.unknown()).nullish(),
  tool_calls: z.array(SentCall).nullish(),
  tool_name: WellFormed.nullish(),
  tool_call_id: WellFormed.nullish(),
});

export const OllamaMessages = z.array(Message);
export type OllamaMessages = z.infer<typeof OllamaMessages>;

export type MappedMessages =
  | { ok: true; messages: GenerationMessage[] }
  | { ok: false; error: FlotillaError };

/**
 * The turns as the engine takes them.
 *
 * Ollama names the calls of a turn by their order and their answers by `tool_name`, or not at all; each answer
 * is given to the first call before it that it may be for and that has none yet.
 */
export function toGenerationMessages(sent: OllamaMessages): MappedMessages {
  const messages: GenerationMessage[] = [];
  let open: ToolCall[] = [];
  for (const [index, message] of sent.entries()) {
    const field = `messages[${index}]`;
    const refusal = misplaced(message, field);
    if (refusal !== undefined) return { ok: false, error: refusal };
    const content = message.content ?? '';
    switch (message.role) {
      case 'system':
        messages.push({ role: 'system', content });
        break;
      case 'user':
        messages.push({ role: 'user', content });
        break;
      case 'assistant': {
        const toolCalls = (message.tool_calls ?? []).map((call, position) => ({
          id: call.id ?? `call_${index}_${position}`,
          name: call.function.name,
          arguments: JSON.stringify(call.function.arguments ?? {}),
        }));
        open = toolCalls;
        messages.push({ role: 'assistant', content, toolCalls });
        break;
      }
      case 'tool': {
        const answered = open.find((call) => isAnswerTo(message, call));
        if (answered === undefined)
          return { ok: false, error: invalid(field, 'answers no call of the assistant before it') };
        open = open.filter((call) => call !== answered);
        messages.push({ role: 'tool', content, toolCallId: answered.id });
        break;
      }
    }
  }
  return { ok: true, messages };
}

function isAnswerTo(message: z.infer<typeof Message>, call: ToolCall): boolean {
  if (message.tool_call_id != null && message.tool_call_id !== '') return call.id === message.tool_call_id;
  return message.tool_name == null || message.tool_name === '' || call.name === message.tool_name;
}

/** What stands in a message where it says nothing to this model. */
function misplaced(message: z.infer<typeof Message>, field: string): FlotillaError | undefined {
  if ((message.images ?? []).length > 0)
    return unsupported(`${field}.images`, 'the model reads text only; send no images');
  if (message.role !== 'assistant') {
    if ((message.tool_calls ?? []).length > 0)
      return invalid(`${field}.tool_calls`, 'stands only in a message of the assistant');
    if (message.thinking != null && message.thinking !== '')
      return invalid(`${field}.thinking`, 'stands only in a message of the assistant');
  }
  if (message.role !== 'tool' && ((message.tool_name ?? '') !== '' || (message.tool_call_id ?? '') !== ''))
    return invalid(`${field}.tool_name`, 'stands only in a message of the role tool');
  return undefined;
}
