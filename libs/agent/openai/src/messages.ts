import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { CallArguments } from './call-arguments.ts';
import { CHAT_PARTS, ContentPart, contentText } from './content-parts.ts';
import { invalid } from './errors.ts';
import type { GenerationMessage } from './generation.ts';
import { listOf } from './list-of.ts';
import { WellFormed } from './sampling-fields.ts';
import { FunctionName } from './tools.ts';

const Content = z.union([WellFormed, listOf(ContentPart, { least: 1 })]);

/** Who of several with one role speaks: agent frameworks send it with every role. The model is not shown it. */
const NAME = { name: WellFormed.nullish() };

/** What LiteLLM keeps of an answer that the model is not shown, and sends along with the next request. */
const GATEWAY_NOTES = { provider_specific_fields: z.unknown().optional() };

const SentToolCall = z.strictObject({
  id: WellFormed.min(1),
  type: z.literal('function'),
  function: z.strictObject({
    name: FunctionName,
    arguments: CallArguments,
    // The same again as openai's `parse` and `stream` leave it in a history.
    parsed_arguments: z.unknown().optional(),
  }),
  index: z.int().optional(),
  ...GATEWAY_NOTES,
});

export const ChatMessages = listOf(
  z.discriminatedUnion('role', [
    z.strictObject({ role: z.literal(['system', 'developer']), content: Content, ...NAME }),
    z.strictObject({ role: z.literal('user'), content: Content, ...NAME }),
    z.strictObject({
      role: z.literal('assistant'),
      content: Content.nullish(),
      tool_calls: listOf(SentToolCall).nullish(),
      // What clients copy from an answer into the next request; empty, they say nothing.
      refusal: z.null().optional(),
      // Earlier thinking is not shown to the model again, as templates have it.
      reasoning_content: z.string().nullish(),
      reasoning: z.string().nullish(),
      audio: z.null().optional(),
      function_call: z.null().optional(),
      annotations: z.array(z.unknown()).max(0).nullish(),
      parsed: z.unknown().optional(),
      ...GATEWAY_NOTES,
      ...NAME,
    }),
    z.strictObject({
      role: z.literal('tool'),
      content: Content,
      tool_call_id: WellFormed.min(1),
      ...NAME,
    }),
  ]),
  { least: 1 },
);
export type ChatMessages = z.infer<typeof ChatMessages>;

type Mapped = { ok: true; messages: GenerationMessage[] } | { ok: false; error: FlotillaError };

/** The turns as the engine takes them: parts joined to one text, `developer` read as `system`. */
export function toGenerationMessages(messages: ChatMessages): Mapped {
  const mapped: GenerationMessage[] = [];
  const called = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const content = contentText(message.content ?? '', {
      parts: CHAT_PARTS,
      at: ['messages', index, 'content'],
    });
    if (!content.ok) return content;
    switch (message.role) {
      case 'system':
      case 'developer':
        mapped.push({ role: 'system', content: content.value });
        break;
      case 'user':
        mapped.push({ role: 'user', content: content.value });
        break;
      case 'tool':
        if (!called.has(message.tool_call_id))
          return {
            ok: false,
            error: invalid(`messages[${index}].tool_call_id`, 'names no call of the assistant before it'),
          };
        mapped.push({ role: 'tool', content: content.value, toolCallId: message.tool_call_id });
        break;
      case 'assistant': {
        const toolCalls = (message.tool_calls ?? []).map((call) => ({
          id: call.id,
          name: call.function.name,
          arguments: call.function.arguments,
        }));
        if (message.content == null && toolCalls.length === 0) {
          return {
            ok: false,
            error: invalid(`messages[${index}].content`, 'is required unless `tool_calls` is given'),
          };
        }
        for (const { id } of toolCalls) called.add(id);
        mapped.push({ role: 'assistant', content: content.value, toolCalls });
        break;
      }
    }
  }
  return { ok: true, messages: mapped };
}
