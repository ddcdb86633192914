import {
  FunctionName,
  JsonObject,
  WellFormed,
  fieldName,
  firstIssue,
  unsupported,
} from '@flotilla/agent-openai';
import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { ANTHROPIC_BLOCKS } from './parameters.ts';

/** Accepted wherever it may stand: shared prefixes are found without it. */
export const CacheControl = z
  .strictObject({
    type: z.literal('ephemeral'),
    ttl: z.enum(['5m', '1h']).nullish(),
    scope: z
      .enum(['global', 'organization', 'org'])
      .nullish()
      .describe('Who shares it, as Claude Code sends it; a box has one cache.'),
  })
  .nullish();

export const TextBlock = z.strictObject({
  type: z.literal('text'),
  text: WellFormed,
  cache_control: CacheControl,
  citations: z.array(z.unknown()).max(0).nullish(),
});

const ToolUseBlock = z.strictObject({
  type: z.literal('tool_use'),
  id: WellFormed.min(1),
  name: FunctionName,
  input: JsonObject,
  cache_control: CacheControl,
  caller: z.strictObject({ type: z.literal('direct') }).optional(),
  toolset_name: z.null().optional(),
});

/** Parts of other types are looked at by name, so that the refusal can say what they are. */
const AnyBlock = z.looseObject({ type: z.string() });
type AnyBlock = z.infer<typeof AnyBlock>;

const ToolResultBlock = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: WellFormed.min(1),
  content: z.union([WellFormed, z.array(AnyBlock)]).nullish(),
  is_error: z.boolean().nullish(),
  cache_control: CacheControl,
  toolset_name: z.null().optional(),
});

const ThinkingBlock = z.strictObject({
  type: z.literal('thinking'),
  thinking: WellFormed,
  signature: z.string(),
});
const RedactedThinkingBlock = z.strictObject({ type: z.literal('redacted_thinking'), data: z.string() });

export const Content = z.union([WellFormed, z.array(AnyBlock)]);
export type Content = z.infer<typeof Content>;

/** Where something stands in the body: `['messages', 0, 'content']`. */
export type Path = readonly PropertyKey[];

export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'call'; id: string; name: string; arguments: string }
  | { kind: 'result'; id: string; text: string; isError: boolean }
  | { kind: 'thinking' };

export type ReadBlocks = { ok: true; blocks: Block[] } | { ok: false; error: FlotillaError };

/** What stands in a message; a block that the model cannot be shown is refused by its place and type. */
export function readBlocks(content: Content, at: Path): ReadBlocks {
  if (typeof content === 'string') return { ok: true, blocks: [{ kind: 'text', text: content }] };
  const blocks: Block[] = [];
  for (const [index, block] of content.entries()) {
    const read = readBlock(block, [...at, index]);
    if (!read.ok) return read;
    blocks.push(read.value);
  }
  return { ok: true, blocks };
}

type ReadBlock = { ok: true; value: Block } | { ok: false; error: FlotillaError };

function readBlock(block: AnyBlock, at: Path): ReadBlock {
  switch (block.type) {
    case 'text':
      return parsed(TextBlock, block, at, ({ text }) => ({ kind: 'text', text }));
    case 'tool_use':
      return parsed(ToolUseBlock, block, at, ({ id, name, input }) => ({
        kind: 'call',
        id,
        name,
        arguments: JSON.stringify(input),
      }));
    case 'tool_result':
      return readResult(block, at);
    case 'thinking':
      return parsed(ThinkingBlock, block, at, () => ({ kind: 'thinking' }));
    case 'redacted_thinking':
      return parsed(RedactedThinkingBlock, block, at, () => ({ kind: 'thinking' }));
    default:
      return { ok: false, error: unsupported(fieldName(at), whyNot(block.type)) };
  }
}

function readResult(block: AnyBlock, at: Path): ReadBlock {
  const result = ToolResultBlock.safeParse(block);
  if (!result.success) return { ok: false, error: firstIssue(result.error, at) };
  const { tool_use_id: id, content, is_error: isError } = result.data;
  const text = joinedText(content ?? '', [...at, 'content']);
  if (!text.ok) return text;
  return { ok: true, value: { kind: 'result', id, text: text.text, isError: isError === true } };
}

/**
 * Text blocks as one text; two blocks are two paragraphs, as nothing says that one goes on in the next.
 *
 * `isLeftOut`: which blocks are no part of it. Default: none.
 */
export function joinedText(
  content: Content,
  at: Path,
  isLeftOut: (text: string) => boolean = () => false,
): { ok: true; text: string } | { ok: false; error: FlotillaError } {
  if (typeof content === 'string') return { ok: true, text: content };
  const texts: string[] = [];
  for (const [index, block] of content.entries()) {
    const here = [...at, index];
    if (block.type !== 'text') return { ok: false, error: unsupported(fieldName(here), whyNot(block.type)) };
    const text = TextBlock.safeParse(block);
    if (!text.success) return { ok: false, error: firstIssue(text.error, here) };
    if (!isLeftOut(text.data.text)) texts.push(text.data.text);
  }
  return { ok: true, text: texts.join(BETWEEN_BLOCKS) };
}

export const BETWEEN_BLOCKS = '\n\n';

function parsed<T>(schema: z.ZodType<T>, block: AnyBlock, at: Path, toBlock: (value: T) => Block): ReadBlock {
  const result = schema.safeParse(block);
  if (!result.success) return { ok: false, error: firstIssue(result.error, at) };
  return { ok: true, value: toBlock(result.data) };
}

const REASONS: Readonly<Record<string, { support: string; why?: string }>> = ANTHROPIC_BLOCKS;

/** Quotes a type only as far as it looks like one: the rest may be anything. */
function whyNot(type: string): string {
  const known = Object.hasOwn(REASONS, type) ? REASONS[type] : undefined;
  const name = /^\w{1,64}$/.test(type) ? `\`${type}\`` : 'this type';
  return known?.why === undefined
    ? `a block of ${name} cannot stand here; send text`
    : `a block of ${name} cannot be read: ${known.why}`;
}
