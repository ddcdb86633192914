import { invalid, unsupported } from '@flotilla/agent-openai';
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

/** What a page may be asked by; `beta` is how Anthropic's client marks its newer routes, and says nothing here. */
const PAGE_QUERY = ['limit', 'before_id', 'after_id', 'beta'];

/** The query of a request. */
export type PageQuery = Readonly<Record<string, string>>;

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
  const unknown = Object.keys(query).find((name) => !PAGE_QUERY.includes(name));
  if (unknown !== undefined)
    return { ok: false, error: unsupported(unknown, 'it is not a parameter of models') };
  const { limit: asked, before_id: before, after_id: after } = query;
  const limit = asked === undefined ? PER_PAGE : Number(asked);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_PER_PAGE)
    return { ok: false, error: invalid('limit', `must be a number from 1 to ${MOST_PER_PAGE}`) };
  if (before !== undefined && after !== undefined)
    return {
      ok: false,
      error: unsupported('before_id', 'a page is before a model or after one; leave one out'),
    };
  const place = (id: string): number => models.findIndex(({ service }) => service === id);
  for (const [name, id] of Object.entries({ before_id: before, after_id: after }))
    if (id !== undefined && place(id) < 0)
      return { ok: false, error: invalid(name, 'names no model of this box') };
  if (before !== undefined) {
    const start = Math.max(0, place(before) - limit);
    return { ok: true, page: pageOf(models.slice(start, place(before)), start > 0) };
  }
  const rest = after === undefined ? models : models.slice(place(after) + 1);
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
