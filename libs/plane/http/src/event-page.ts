import { FleetEvent, FlotillaError } from '@flotilla/contracts';
import { z } from '@hono/zod-openapi';
import { PageQuery } from './route-parts.ts';

const kind = FleetEvent.shape.kind;

/** `?kind=` once or more often, beside the page asked for. */
export const EventQuery = PageQuery.extend({
  kind: z
    .union([kind, z.array(kind).max(kind.options.length)])
    .optional()
    .describe('Only of this kind; more than one by repeating it.'),
});

/** What a query asks of the feed. */
export function eventFilter({ kind: asked, limit, cursor }: z.output<typeof EventQuery>): {
  kinds: FleetEvent['kind'][] | undefined;
  before: number;
  limit: number;
} {
  return { kinds: asked === undefined ? undefined : [asked].flat(), before: eventCursor(cursor), limit };
}

/** `before` of a page of events, newest first; the first page starts above every id. */
function eventCursor(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  if (!/^[1-9][0-9]{0,15}$/.test(cursor)) {
    throw new FlotillaError('invalid-input', 'The cursor is not one of ours.', {
      details: { field: 'cursor', fix: 'Use `next` of the page before, or leave it out.' },
    });
  }
  return Number(cursor);
}

/** A page of events that go back in time; a full one names where the next begins. */
export function eventPage({ events, limit }: { events: FleetEvent[]; limit: number }): {
  items: FleetEvent[];
  next?: string;
} {
  const last = events.at(-1);
  return events.length < limit || last === undefined || last.id === 1
    ? { items: events }
    : { items: events, next: String(last.id) };
}
