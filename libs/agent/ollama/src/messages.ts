import {
  FunctionName,
  JsonObject,
  WellFormed,
  invalid,
  unsupported,
  type GenerationMessage,
  type ToolCall,
} from '@flotilla/agent-openai';
import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';

const SentCall = z.strictObject({
  id: WellFormed.nullish(),
  index: z.int().nullish(),
  type: z.literal('function').nullish(),
  function: z.strictObject({ index: z.int().nullish(), name: FunctionName, arguments: JsonObject.nullish() }),
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
 * Ollama names the calls of a turn by their order and their answers by `tool_name`, or not at all, newer clients
 * both by an id; each answer is given to the first call before it that it may be for and that has none yet.
 */
export function toGenerationMessages(sent: OllamaMessages): MappedMessages {
  const messages: GenerationMessage[] = [];
  let open: OpenCall[] = [];
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
        const calls = message.tool_calls ?? [];
        const toolCalls = calls.map(({ id, function: called }, position) => ({
          id: isGiven(id) ? id : `call_${index}_${position}`,
          name: called.name,
          arguments: JSON.stringify(called.arguments ?? {}),
        }));
        open = toolCalls.map((call, position) => ({ ...call, hasOwnId: isGiven(calls[position]?.id) }));
        messages.push({ role: 'assistant', content, toolCalls });
        break;
      }
      case 'tool': {
        const answered = answeredCall(message, open);
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

/** A call that has no answer yet. */
interface OpenCall extends ToolCall {
  /** It was sent with its id: an answer may name it. */
  hasOwnId: boolean;
}

/** By its id; where no call was sent with one, by its name; where it says neither, the first. */
function answeredCall(
  { tool_call_id: id, tool_name: name }: z.infer<typeof Message>,
  open: readonly OpenCall[],
): OpenCall | undefined {
  if (isGiven(id) && open.some(({ hasOwnId }) => hasOwnId)) return open.find((call) => call.id === id);
  return isGiven(name) ? open.find((call) => call.name === name) : open[0];
}

/** Clients in Go send an empty text for what they leave out. */
function isGiven(text: string | null | undefined): text is string {
  return text != null && text !== '';
}

/** What stands in a message where it says nothing to this model. */
function misplaced(message: z.infer<typeof Message>, field: string): FlotillaError | undefined {
  if ((message.images ?? []).length > 0)
    return unsupported(`${field}.images`, 'the model reads text only; send no images');
  if (message.role !== 'assistant') {
    if ((message.tool_calls ?? []).length > 0)
      return invalid(`${field}.tool_calls`, 'stands only in a message of the assistant');
    if (isGiven(message.thinking))
      return invalid(`${field}.thinking`, 'stands only in a message of the assistant');
  }
  if (message.role !== 'tool' && (isGiven(message.tool_name) || isGiven(message.tool_call_id)))
    return invalid(`${field}.tool_name`, 'stands only in a message of the role tool');
  return undefined;
}
