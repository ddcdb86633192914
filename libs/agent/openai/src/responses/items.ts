import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { invalid, unsupported } from '../errors.ts';
import type { GenerationMessage } from '../generation.ts';
import { MOST_JSON_LEVELS, nestsDeeperThan } from '../json-depth.ts';
import { WellFormed } from '../sampling-fields.ts';
import { FunctionName } from '../tools.ts';

/** What clients copy from an answer into the next request. */
const COPIED = { id: z.string().nullish(), status: z.string().nullish() };

const InputText = z.strictObject({ type: z.literal('input_text'), text: WellFormed });
const OutputText = z.looseObject({ type: z.literal('output_text'), text: WellFormed });
const Part = z.union([InputText, OutputText, z.looseObject({ type: z.string() })]);

const Message = z.strictObject({
  type: z.literal('message').optional(),
  role: z.literal(['user', 'assistant', 'system', 'developer']),
  content: z.union([WellFormed, z.array(Part).min(1)]),
  // Beside newer models' answers; it says which of several messages is the last word.
  phase: z.string().nullish(),
  ...COPIED,
});

const FunctionCall = z.strictObject({
  type: z.literal('function_call'),
  call_id: WellFormed.min(1),
  name: FunctionName,
  arguments: WellFormed.refine(
    (text) => !nestsDeeperThan(jsonOf(text), MOST_JSON_LEVELS),
    `nests deeper than ${MOST_JSON_LEVELS} levels`,
  ),
  ...COPIED,
});

const FunctionCallOutput = z.strictObject({
  type: z.literal('function_call_output'),
  call_id: WellFormed.min(1),
  output: z.union([WellFormed, z.array(Part)]),
  ...COPIED,
});

/** Earlier thinking is not shown to the model again, as templates have it. */
const Reasoning = z.looseObject({ type: z.literal('reasoning') });

const InputItem = z.union([
  Message,
  FunctionCall,
  FunctionCallOutput,
  Reasoning,
  z.looseObject({ type: z.string() }),
]);

export const ResponseInput = z.union([WellFormed, z.array(InputItem).min(1)]);
export type ResponseInput = z.infer<typeof ResponseInput>;

/** One thing that was said, as it is kept and shown. */
export type ConversationItem =
  | { id: string; type: 'message'; role: 'user' | 'system' | 'developer' | 'assistant'; text: string }
  | { id: string; type: 'function_call'; callId: string; name: string; arguments: string }
  | { id: string; type: 'function_call_output'; callId: string; output: string };

type Read = { ok: true; items: ConversationItem[] } | { ok: false; error: FlotillaError };

/** The items of a request. `newId` names those that came without a name of their own. */
export function readInput(input: ResponseInput, newId: (prefix: string) => string): Read {
  if (typeof input === 'string')
    return { ok: true, items: [{ id: newId('msg'), type: 'message', role: 'user', text: input }] };
  const items: ConversationItem[] = [];
  for (const [index, item] of input.entries()) {
    const field = `input[${index}]`;
    const read = readItem(item, field, newId);
    if (!read.ok) return read;
    items.push(...read.items);
  }
  return { ok: true, items };
}

function readItem(item: z.infer<typeof InputItem>, field: string, newId: (prefix: string) => string): Read {
  const message = Message.safeParse(item);
  if (message.success) {
    const text = textOf(message.data.content, `${field}.content`);
    if (!text.ok) return text;
    const { role, id } = message.data;
    return { ok: true, items: [{ id: id ?? newId('msg'), type: 'message', role, text: text.text }] };
  }
  const call = FunctionCall.safeParse(item);
  if (call.success) {
    const { call_id: callId, name, arguments: given, id } = call.data;
    return {
      ok: true,
      items: [{ id: id ?? newId('fc'), type: 'function_call', callId, name, arguments: given }],
    };
  }
  const output = FunctionCallOutput.safeParse(item);
  if (output.success) {
    const text = textOf(output.data.output, `${field}.output`);
    if (!text.ok) return text;
    const { call_id: callId, id } = output.data;
    return {
      ok: true,
      items: [{ id: id ?? newId('fco'), type: 'function_call_output', callId, output: text.text }],
    };
  }
  if (item.type === 'reasoning') return { ok: true, items: [] };
  return { ok: false, error: wrongItem(item, field) };
}

function wrongItem(item: z.infer<typeof InputItem>, field: string): FlotillaError {
  const known: Record<string, z.ZodType> = {
    message: Message,
    function_call: FunctionCall,
    function_call_output: FunctionCallOutput,
  };
  const schema = known[item.type ?? 'message'];
  if (schema === undefined)
    return unsupported(
      `${field}.type`,
      item.type === 'item_reference'
        ? 'items are not kept by themselves; send the item, or `previous_response_id`'
        : 'the box has no such tool',
    );
  const issue = schema.safeParse(item).error?.issues[0];
  const path = (issue?.path ?? []).map(String).join('.');
  return invalid(path === '' ? field : `${field}.${path}`, issue?.message ?? 'is not valid');
}

function textOf(
  content: string | z.infer<typeof Part>[],
  field: string,
): { ok: true; text: string } | { ok: false; error: FlotillaError } {
  if (typeof content === 'string') return { ok: true, text: content };
  let text = '';
  for (const [index, part] of content.entries()) {
    if ((part.type !== 'input_text' && part.type !== 'output_text') || typeof part['text'] !== 'string')
      return {
        ok: false,
        error: unsupported(`${field}[${index}]`, `a part of type \`${part.type}\` cannot be read; send text`),
      };
    text += part['text'];
  }
  return { ok: true, text };
}

/** The refusal of an output that answers no call before it; `before`: what the conversation goes on from. */
export function refusedOutput(
  items: readonly ConversationItem[],
  before: readonly ConversationItem[] = [],
): FlotillaError | undefined {
  const called = new Set(before.flatMap((item) => (item.type === 'function_call' ? [item.callId] : [])));
  for (const [index, item] of items.entries()) {
    if (item.type === 'function_call') called.add(item.callId);
    if (item.type === 'function_call_output' && !called.has(item.callId))
      return invalid(`input[${index}].call_id`, 'names no function call before it');
  }
  return undefined;
}

/** The turns as the engine takes them: calls belong to the assistant's turn that they follow. */
export function toMessages(
  instructions: string | undefined,
  items: readonly ConversationItem[],
): GenerationMessage[] {
  const messages: GenerationMessage[] =
    instructions === undefined ? [] : [{ role: 'system', content: instructions }];
  for (const item of items) {
    switch (item.type) {
      case 'message':
        if (item.role === 'assistant')
          messages.push({ role: 'assistant', content: item.text, toolCalls: [] });
        else messages.push({ role: item.role === 'user' ? 'user' : 'system', content: item.text });
        break;
      case 'function_call': {
        const call = { id: item.callId, name: item.name, arguments: item.arguments };
        const last = messages.at(-1);
        if (last?.role === 'assistant') last.toolCalls.push(call);
        else messages.push({ role: 'assistant', content: '', toolCalls: [call] });
        break;
      }
      case 'function_call_output':
        messages.push({ role: 'tool', content: item.output, toolCallId: item.callId });
        break;
    }
  }
  return messages;
}

/** An item of a request as `input_items` shows it. */
export function wireInputItem(item: ConversationItem) {
  switch (item.type) {
    case 'message':
      return {
        id: item.id,
        type: 'message' as const,
        role: item.role,
        status: 'completed' as const,
        content: [
          item.role === 'assistant'
            ? { type: 'output_text' as const, text: item.text, annotations: [], logprobs: [] }
            : { type: 'input_text' as const, text: item.text },
        ],
      };
    case 'function_call':
      return {
        id: item.id,
        type: 'function_call' as const,
        status: 'completed' as const,
        call_id: item.callId,
        name: item.name,
        arguments: item.arguments,
      };
    case 'function_call_output':
      return {
        id: item.id,
        type: 'function_call_output' as const,
        status: 'completed' as const,
        call_id: item.callId,
        output: item.output,
      };
  }
}

/** Text that is no JSON nests nowhere. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
