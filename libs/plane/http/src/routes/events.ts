import { FleetEvent } from '@flotilla/contracts';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { PlaneEnv } from '../env.ts';
import { eventFilter, eventPage, EventQuery } from '../event-page.ts';
import { eventStream } from '../event-stream.ts';
import type { PlaneDeps } from '../plane-deps.ts';
import { listRoute } from '../route-parts.ts';

const listEvents = listRoute({
  summary: 'What happened in the fleet, newest first',
  query: EventQuery,
  item: FleetEvent,
  answer: 'One page of events.',
});
const streamEvents = createRoute({
  method: 'get',
  path: '/stream',
  summary: 'What happens in the fleet, as server-sent events',
  request: {
    query: z.strictObject({
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
      const filter = eventFilter(c.req.valid('query'));
      return c.json(eventPage({ events: await feed.list(filter), limit: filter.limit }), 200);
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
