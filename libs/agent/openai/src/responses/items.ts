import { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { CallArguments } from '../call-arguments.ts';
import { ContentPart, RESPONSE_PARTS, contentText } from '../content-parts.ts';
import { invalid, unsupported } from '../errors.ts';
import type { GenerationMessage } from '../generation.ts';
import { listOf } from '../list-of.ts';
import { fieldName, firstIssue } from '../read-body.ts';
import { WellFormed } from '../sampling-fields.ts';
import { FunctionName } from '../tools.ts';

/** What clients copy from an answer into the next request. */
const COPIED = { id: z.string().nullish(), status: z.string().nullish() };

const Message = z.strictObject({
  type: z.literal('message').optional(),
  role: z.literal(['user', 'assistant', 'system', 'developer']),
  content: z.union([WellFormed, listOf(ContentPart, { least: 1 })]),
  // Beside newer models' answers; it says which of several messages is the last word.
  phase: z.string().nullish(),
  ...COPIED,
});

const FunctionCall = z.strictObject({
  type: z.literal('function_call'),
  call_id: WellFormed.min(1),
  name: FunctionName,
  arguments: CallArguments,
  // The same again as openai's `parse` and `stream` leave it in a history.
  parsed_arguments: z.unknown().optional(),
  ...COPIED,
});

const FunctionCallOutput = z.strictObject({
  type: z.literal('function_call_output'),
  call_id: WellFormed.min(1),
  output: z.union([WellFormed, listOf(ContentPart)]),
  ...COPIED,
});

/** Earlier thinking is not shown to the model again, as templates have it. */
const Reasoning = z.looseObject({ type: z.literal('reasoning') });

/** An item that was kept with a response, by its id. */
const ItemReference = z.strictObject({
  type: z.literal('item_reference').nullish(),
  id: WellFormed.min(1),
});

const InputItem = z.union([
  Message,
  FunctionCall,
  FunctionCallOutput,
  Reasoning,
  ItemReference,
  z.looseObject({ type: z.string() }),
]);

export const ResponseInput = z.union([WellFormed, listOf(InputItem, { least: 1 })]);
export type ResponseInput = z.infer<typeof ResponseInput>;

/** One thing that was said, as it is kept and shown. */
export type ConversationItem =
  | { id: string; type: 'message'; role: 'user' | 'system' | 'developer' | 'assistant'; text: string }
  | { id: string; type: 'function_call'; callId: string; name: string; arguments: string }
  | { id: string; type: 'function_call_output'; callId: string; output: string };

/** An output of a call that the request itself does not show, and the field that names the call. */
export interface OrphanOutput {
  callId: string;
  field: string;
}

export interface ItemSources {
  /** Names an item that came without a name of its own. */
  newId: (prefix: string) => string;
  /** What a kept item says; empty for one that is not shown to the model again, undefined for one that is not kept. */
  keptItem: (id: string) => readonly ConversationItem[] | undefined;
}

type Read = { ok: true; items: readonly ConversationItem[] } | { ok: false; error: FlotillaError };
type ReadInput =
  | { ok: true; items: ConversationItem[]; orphans: OrphanOutput[] }
  | { ok: false; error: FlotillaError };

/** The items of a request, references replaced by what they name. */
export function readInput(input: ResponseInput, sources: ItemSources): ReadInput {
  if (typeof input === 'string')
    return {
      ok: true,
      items: [{ id: sources.newId('msg'), type: 'message', role: 'user', text: input }],
      orphans: [],
    };
  const items: ConversationItem[] = [];
  const orphans: OrphanOutput[] = [];
  const called = new Set<string>();
  const referred = new Set<string>();
  for (const [index, item] of input.entries()) {
    const at = ['input', index];
    const reference = ItemReference.safeParse(item);
    if (reference.success && referred.has(reference.data.id))
      return { ok: false, error: invalid(fieldName([...at, 'id']), 'is referred to twice') };
    if (reference.success) referred.add(reference.data.id);
    const read = reference.success
      ? readReference(reference.data.id, at, sources)
      : readItem(item, at, sources);
    if (!read.ok) return read;
    for (const one of read.items) {
      if (one.type === 'function_call') called.add(one.callId);
      if (one.type === 'function_call_output' && !called.has(one.callId))
        orphans.push({ callId: one.callId, field: `input[${index}].call_id` });
    }
    items.push(...read.items);
  }
  return { ok: true, items, orphans };
}

function readItem(item: z.infer<typeof InputItem>, at: readonly PropertyKey[], { newId }: ItemSources): Read {
  const message = Message.safeParse(item);
  if (message.success) {
    const text = contentText(message.data.content, { parts: RESPONSE_PARTS, at: [...at, 'content'] });
    if (!text.ok) return text;
    const { role, id } = message.data;
    return { ok: true, items: [{ id: id ?? newId('msg'), type: 'message', role, text: text.value }] };
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
    const text = contentText(output.data.output, { parts: RESPONSE_PARTS, at: [...at, 'output'] });
    if (!text.ok) return text;
    const { call_id: callId, id } = output.data;
    return {
      ok: true,
      items: [{ id: id ?? newId('fco'), type: 'function_call_output', callId, output: text.value }],
    };
  }
  if (item.type === 'reasoning') return { ok: true, items: [] };
  return { ok: false, error: wrongItem(item, at) };
}

function readReference(id: string, at: readonly PropertyKey[], { keptItem }: ItemSources): Read {
  const items = keptItem(id);
  if (items !== undefined) return { ok: true, items };
  const about = id.slice(0, 100);
  return {
    ok: false,
    error: new FlotillaError('not-found', `No item \`${about}\` is kept for this caller.`, {
      details: { field: fieldName([...at, 'id']), about },
    }),
  };
}

function wrongItem(item: z.infer<typeof InputItem>, at: readonly PropertyKey[]): FlotillaError {
  const known: Record<string, z.ZodType> = {
    message: Message,
    function_call: FunctionCall,
    function_call_output: FunctionCallOutput,
    item_reference: ItemReference,
  };
  const type = item.type ?? 'message';
  const schema = Object.hasOwn(known, type) ? known[type] : undefined;
  if (schema === undefined) return unsupported(fieldName([...at, 'type']), 'the box has no such tool');
  const { error } = schema.safeParse(item);
  return error === undefined ? invalid(fieldName(at), 'is not valid') : firstIssue(error, at);
}

/** The refusal of an output that answers no call before it; `before`: what the conversation goes on from. */
export function refusedOutput(
  orphans: readonly OrphanOutput[],
  before: readonly ConversationItem[],
): FlotillaError | undefined {
  const called = new Set(before.flatMap((item) => (item.type === 'function_call' ? [item.callId] : [])));
  const orphan = orphans.find(({ callId }) => !called.has(callId));
  return orphan === undefined ? undefined : invalid(orphan.field, 'names no function call before it');
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
