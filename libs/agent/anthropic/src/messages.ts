import {
  fieldName,
  invalid,
  unsupported,
  type GenerationMessage,
  type ToolCall,
} from '@flotilla/agent-openai';
import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { BETWEEN_BLOCKS, Content, joinedText, readBlocks, type Block } from './blocks.ts';

const MOST_MESSAGES = 100_000;

export const AnthropicMessages = z
  .array(z.strictObject({ role: z.enum(['user', 'assistant', 'system']), content: Content }))
  .min(1)
  .max(MOST_MESSAGES);
export type AnthropicMessages = z.infer<typeof AnthropicMessages>;

/** Claude Code's word to Anthropic's accounts: another one in each request, behind which no cached prefix would be found. */
const BILLING_HEADER = /^x-anthropic-billing-header:[^\n]*\n?$/;

export type MappedMessages =
  | { ok: true; messages: GenerationMessage[] }
  | { ok: false; error: FlotillaError };

/**
 * The turns as the engine takes them: the results of calls become turns of their own, and turns of one role that
 * follow each other become one, as Anthropic documents it.
 */
export function toGenerationMessages({
  system,
  messages,
}: {
  system: Content | undefined;
  messages: AnthropicMessages;
}): MappedMessages {
  const mapped: GenerationMessage[] = [];
  if (system !== undefined) {
    const text = joinedText(system, ['system'], (block) => BILLING_HEADER.test(block));
    if (!text.ok) return text;
    if (text.text !== '') mapped.push({ role: 'system', content: text.text });
  }
  const called = new Set<string>();
  for (const [index, { role, content }] of messages.entries()) {
    const at = ['messages', index, 'content'];
    const read = readBlocks(content, at);
    if (!read.ok) return read;
    const turns = turnsOf({ role, blocks: read.blocks, at, called });
    if (!turns.ok) return turns;
    mapped.push(...turns.messages);
  }
  if (messages.at(-1)?.role === 'assistant')
    return {
      ok: false,
      error: unsupported(
        `messages[${messages.length - 1}].role`,
        'an answer cannot be begun for the model; end with a message of the user',
      ),
    };
  return { ok: true, messages: merged(mapped) };
}

function turnsOf({
  role,
  blocks,
  at,
  called,
}: {
  role: 'user' | 'assistant' | 'system';
  blocks: readonly Block[];
  at: readonly PropertyKey[];
  /** Ids of the calls so far. */
  called: Set<string>;
}): MappedMessages {
  const texts: string[] = [];
  const toolCalls: ToolCall[] = [];
  const results: GenerationMessage[] = [];
  for (const [index, block] of blocks.entries()) {
    const field = fieldName([...at, index]);
    switch (block.kind) {
      case 'text':
        texts.push(block.text);
        break;
      case 'thinking':
        if (role !== 'assistant') return { ok: false, error: misplaced(field, 'thinking', 'assistant') };
        break;
      case 'call':
        if (role !== 'assistant') return { ok: false, error: misplaced(field, 'tool_use', 'assistant') };
        called.add(block.id);
        toolCalls.push({ id: block.id, name: block.name, arguments: block.arguments });
        break;
      case 'result':
        if (role !== 'user') return { ok: false, error: misplaced(field, 'tool_result', 'user') };
        if (!called.has(block.id))
          return { ok: false, error: invalid(`${field}.tool_use_id`, 'names no tool_use before it') };
        results.push({ role: 'tool', toolCallId: block.id, content: resultText(block) });
        break;
    }
  }
  const content = texts.join(BETWEEN_BLOCKS);
  if (role === 'assistant') return { ok: true, messages: [{ role, content, toolCalls }] };
  const said: GenerationMessage[] = texts.length === 0 ? [] : [{ role, content }];
  return { ok: true, messages: [...results, ...said] };
}

/** Templates know no mark for a failed call, so the text says it. */
function resultText({ text, isError }: { text: string; isError: boolean }): string {
  return isError ? `Error: ${text}` : text;
}

function misplaced(field: string, type: string, role: string): FlotillaError {
  return invalid(field, `a block of \`${type}\` stands only in a message of the ${role}`);
}

function merged(messages: readonly GenerationMessage[]): GenerationMessage[] {
  const turns: GenerationMessage[] = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (last?.role === 'user' && message.role === 'user')
      turns[turns.length - 1] = { role: 'user', content: last.content + BETWEEN_BLOCKS + message.content };
    else if (last?.role === 'assistant' && message.role === 'assistant')
      turns[turns.length - 1] = {
        role: 'assistant',
        content: [last.content, message.content].filter((text) => text !== '').join(BETWEEN_BLOCKS),
        toolCalls: [...last.toolCalls, ...message.toolCalls],
      };
    else turns.push(message);
  }
  return turns;
}
