import { invalid } from '@flotilla/agent-openai';
import type { FlotillaError } from '@flotilla/contracts';

/** A service as Anthropic's clients list it. */
export interface ListedModel {
  service: string;
  /** Unix seconds, since when it serves. */
  created: number;
  contextTokens: number;
  thinking: boolean;
  /** The template knows levels of effort. */
  effort: boolean;
}

const MOST_PER_PAGE = 1_000;
const PER_PAGE = 20;

export interface PageQuery {
  limit?: string;
  before_id?: string;
  after_id?: string;
}

export function anthropicModel({ service, created, contextTokens, thinking, effort }: ListedModel) {
  return {
    type: 'model' as const,
    id: service,
    display_name: service,
    created_at: new Date(created * 1_000).toISOString(),
    max_input_tokens: contextTokens,
    max_tokens: contextTokens,
    lifecycle: 'active' as const,
    line: null,
    deprecated_at: null,
    retires_at: null,
    capabilities: capabilities(thinking, effort),
  };
}

export type ModelPage = { ok: true; page: ReturnType<typeof pageOf> } | { ok: false; error: FlotillaError };

/** One page of the list, cut as `limit`, `before_id` and `after_id` say. */
export function anthropicModelPage(models: readonly ListedModel[], query: PageQuery): ModelPage {
  const limit = query.limit === undefined ? PER_PAGE : Number(query.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_PER_PAGE)
    return { ok: false, error: invalid('limit', `must be a number from 1 to ${MOST_PER_PAGE}`) };
  const place = (id: string | undefined): number => models.findIndex(({ service }) => service === id);
  if (query.before_id !== undefined) {
    const before = models.slice(0, Math.max(0, place(query.before_id)));
    const start = Math.max(0, before.length - limit);
    return { ok: true, page: pageOf(before.slice(start), start > 0) };
  }
  const rest = query.after_id === undefined ? models : models.slice(place(query.after_id) + 1);
  return { ok: true, page: pageOf(rest.slice(0, limit), rest.length > limit) };
}

function pageOf(models: readonly ListedModel[], hasMore: boolean) {
  return {
    data: models.map(anthropicModel),
    has_more: hasMore,
    first_id: models[0]?.service ?? null,
    last_id: models.at(-1)?.service ?? null,
  };
}

function capabilities(thinking: boolean, effort: boolean) {
  const no = { supported: false };
  const levels = { supported: effort };
  return {
    batch: no,
    citations: no,
    code_execution: no,
    context_management: {
      clear_thinking_20251015: null,
      clear_tool_uses_20250919: null,
      compact_20260112: null,
      supported: false,
    },
    effort: { high: levels, low: levels, max: no, medium: levels, supported: effort, xhigh: null },
    image_input: no,
    pdf_input: no,
    server_tools: { code_execution: no, supported: false, web_search: no },
    structured_outputs: { supported: true },
    thinking: {
      supported: thinking,
      types: {
        adaptive: { supported: thinking },
        between_tools: no,
        disabled: { supported: true },
        enabled: { supported: thinking },
      },
    },
  };
}
