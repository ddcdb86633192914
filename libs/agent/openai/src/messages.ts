import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { invalid, unsupported } from './errors.ts';
import type { GenerationMessage } from './generation.ts';
import { MOST_JSON_LEVELS, nestsDeeperThan } from './json-depth.ts';
import { FunctionName } from './tools.ts';

const Text = z.string().refine((text) => text.isWellFormed(), 'is not well-formed Unicode');
/** Parts of other types are looked at by name afterwards, so that the refusal can say what they are. */
const Part = z.union([
  z.strictObject({ type: z.literal('text'), text: Text }),
  z.looseObject({ type: z.string() }),
]);
const Content = z.union([Text, z.array(Part).min(1)]);

const Arguments = Text.refine(
  (text) => !nestsDeeperThan(jsonOf(text), MOST_JSON_LEVELS),
  `nests deeper than ${MOST_JSON_LEVELS} levels`,
);

const SentToolCall = z.strictObject({
  id: Text.min(1),
  type: z.literal('function'),
  function: z.strictObject({ name: FunctionName, arguments: Arguments }),
  index: z.int().optional(),
});

export const ChatMessages = z
  .array(
    z.discriminatedUnion('role', [
      z.strictObject({ role: z.literal(['system', 'developer']), content: Content }),
      z.strictObject({ role: z.literal('user'), content: Content }),
      z.strictObject({
        role: z.literal('assistant'),
        content: Content.nullish(),
        tool_calls: z.array(SentToolCall).nullish(),
        // What clients copy from an answer into the next request; empty, they say nothing.
        refusal: z.null().optional(),
        // Earlier thinking is not shown to the model again, as templates have it.
        reasoning_content: z.string().nullish(),
        audio: z.null().optional(),
        function_call: z.null().optional(),
        annotations: z.array(z.unknown()).max(0).nullish(),
      }),
      z.strictObject({ role: z.literal('tool'), content: Content, tool_call_id: Text.min(1) }),
    ]),
  )
  .min(1);
export type ChatMessages = z.infer<typeof ChatMessages>;

type Flattened = { ok: true; text: string } | { ok: false; error: FlotillaError };
type Mapped = { ok: true; messages: GenerationMessage[] } | { ok: false; error: FlotillaError };

/** The turns as the engine takes them: parts joined to one text, `developer` read as `system`. */
export function toGenerationMessages(messages: ChatMessages): Mapped {
  const mapped: GenerationMessage[] = [];
  const called = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const field = `messages[${index}].content`;
    const content = flatten(message.content ?? '', field);
    if (!content.ok) return content;
    switch (message.role) {
      case 'system':
      case 'developer':
        mapped.push({ role: 'system', content: content.text });
        break;
      case 'user':
        mapped.push({ role: 'user', content: content.text });
        break;
      case 'tool':
        if (!called.has(message.tool_call_id))
          return {
            ok: false,
            error: invalid(`messages[${index}].tool_call_id`, 'names no call of the assistant before it'),
          };
        mapped.push({ role: 'tool', content: content.text, toolCallId: message.tool_call_id });
        break;
      case 'assistant': {
        const toolCalls = (message.tool_calls ?? []).map((call) => ({
          id: call.id,
          name: call.function.name,
          arguments: call.function.arguments,
        }));
        if (message.content == null && toolCalls.length === 0) {
          return { ok: false, error: invalid(field, 'is required unless `tool_calls` is given') };
        }
        for (const { id } of toolCalls) called.add(id);
        mapped.push({ role: 'assistant', content: content.text, toolCalls });
        break;
      }
    }
  }
  return { ok: true, messages: mapped };
}

function flatten(content: z.infer<typeof Content>, field: string): Flattened {
  if (typeof content === 'string') return { ok: true, text: content };
  let text = '';
  for (const [index, part] of content.entries()) {
    if (part.type !== 'text')
      return {
        ok: false,
        error: unsupported(`${field}[${index}]`, `a part of type \`${part.type}\` cannot be read; send text`),
      };
    if (typeof part.text !== 'string')
      return { ok: false, error: invalid(`${field}[${index}].text`, 'must be a string') };
    text += part.text;
  }
  return { ok: true, text };
}

/** Text that is no JSON nests nowhere: the model is shown it as text. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
