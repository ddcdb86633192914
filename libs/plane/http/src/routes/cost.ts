import { CostBy, CostReport } from '@flotilla/contracts';
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { PlaneEnv } from '../env.ts';
import type { PlaneDeps } from '../plane-deps.ts';
import { json, RangeQuery, rangeOf } from '../route-parts.ts';

const getCost = createRoute({
  method: 'get',
  path: '/',
  summary: 'Energy and hardware cost of a time, measured or modelled',
  request: { query: RangeQuery.extend({ by: CostBy.default('device') }) },
  responses: { 200: json(CostReport, 'One line per device, service, model or variant, and the sum.') },
});

export const cost = ({ telemetry, clock }: Pick<PlaneDeps, 'telemetry' | 'clock'>) =>
  new OpenAPIHono<PlaneEnv>().openapi(getCost, async (c) => {
    const { by, ...range } = c.req.valid('query');
    return c.json(await telemetry.cost({ by, ...rangeOf(range, clock.now()) }), 200);
  });
