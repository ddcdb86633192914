import { pageOf } from '@flotilla/contracts';
import { createRoute, z } from '@hono/zod-openapi';

/** A JSON answer. Refusals are not listed per route: every route answers them alike, as problem+json. */
export function json<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

/** A JSON answer that is one page of a list. */
export function page<S extends z.ZodType>(item: S, description: string) {
  return json(pageOf(item), description);
}

/** A JSON body that must be there. */
export function body<S extends z.ZodType>(schema: S) {
  return { required: true, content: { 'application/json': { schema } } };
}

/** `?limit=&cursor=` of every list. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50).describe('Items per page.'),
  cursor: z.string().max(256).optional().describe('`next` of the page before.'),
});

/** The same of a list whose cursor is the id of its last item: another text is refused and not compared. */
export const PageByIdQuery = PageQuery.extend({
  cursor: z
    .uuid('is not one of ours: use `next` of the page before, or leave it out')
    .optional()
    .describe('`next` of the page before.'),
});

/** The route of a list at the root of its resource: one page of items. */
export function listRoute<Query extends z.ZodObject, Item extends z.ZodType>({
  query,
  item,
  summary,
  answer,
}: {
  query: Query;
  item: Item;
  summary: string;
  /** What the page is, such as `One page of models.` */
  answer: string;
}) {
  return createRoute({
    method: 'get',
    path: '/',
    summary,
    request: { query },
    responses: { 200: page(item, answer) },
  });
}

/** `?from=&to= in milliseconds since 1970 UTC; `to` defaults to now. */
export const RangeQuery = z.strictObject({
  from: z.coerce.number().int().min(0).optional().describe('Default: a day before `to`.'),
  to: z.coerce.number().int().min(0).optional().describe('Default: now.'),
});

const DAY_MS = 86_400_000;

/** The range asked for, with its defaults. */
export function rangeOf(
  { from, to }: z.output<typeof RangeQuery>,
  now: number,
): { from: number; to: number } {
  const end = to ?? now;
  return { from: from ?? Math.max(0, end - DAY_MS), to: end };
}

export const id = (description: string) => z.string().min(1).max(128).describe(description);
