import { FleetEvent } from '@flotilla/contracts';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { PlaneEnv } from '../env.ts';
import { eventCursor, eventPage } from '../event-page.ts';
import { eventStream } from '../event-stream.ts';
import type { PlaneDeps } from '../plane-deps.ts';
import { page, PageQuery } from '../route-parts.ts';

const listEvents = createRoute({
  method: 'get',
  path: '/',
  summary: 'What happened in the fleet, newest first',
  request: { query: PageQuery },
  responses: { 200: page(FleetEvent, 'One page of events.') },
});
const streamEvents = createRoute({
  method: 'get',
  path: '/stream',
  summary: 'What happens in the fleet, as server-sent events',
  request: {
    query: z.object({
      after: z.coerce
        .number()
        .int()
        .min(0)
        .optional()
        .describe('Like Last-Event-ID, for a first connection.'),
    }),
    headers: z.object({ 'last-event-id': z.string().max(32).optional() }),
  },
  responses: {
    200: {
      description:
        '`id` is the id of the FleetEvent, `event` its kind, `data` the event. `event: reload` says that some are no longer kept.',
      content: { 'text/event-stream': { schema: z.string() } },
    },
  },
});

export const events = ({ events: feed, clock, stopping }: Pick<PlaneDeps, 'events' | 'clock' | 'stopping'>) =>
  new OpenAPIHono<PlaneEnv>()
    .openapi(listEvents, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const before = eventCursor(cursor);
      return c.json(eventPage({ events: await feed.list({ before, limit }), limit }), 200);
    })
    .openapi(streamEvents, (c) => {
      const said = c.req.valid('header')['last-event-id'];
      const after =
        said !== undefined && /^[0-9]{1,15}$/.test(said) ? Number(said) : c.req.valid('query').after;
      return new Response(eventStream({ feed, clock, stopping, after, stillAllowed: c.var.stillAllowed }), {
        headers: {
          'content-type': 'text/event-stream',
          'cache-control': 'no-store',
          // A proxy that collects the answer before it passes it on would hold every event back.
          'x-accel-buffering': 'no',
        },
      });
    });
