import { FleetOverview } from '@flotilla/contracts';
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { PlaneEnv } from '../env.ts';
import type { PlaneDeps } from '../plane-deps.ts';
import { json, rangeOf } from '../route-parts.ts';

const getOverview = createRoute({
  method: 'get',
  path: '/',
  summary: 'The fleet at a glance, with usage and cost of the last day',
  responses: { 200: json(FleetOverview, 'Now.') },
});

export const overview = ({
  registry,
  catalogue,
  releases,
  rollouts,
  telemetry,
  clock,
}: Pick<PlaneDeps, 'registry' | 'catalogue' | 'releases' | 'rollouts' | 'telemetry' | 'clock'>) =>
  new OpenAPIHono<PlaneEnv>().openapi(getOverview, async (c) => {
    const at = clock.now();
    const lastDay = rangeOf({}, at);
    const [devices, models, releaseCount, rolloutsRunning, totals, report] = await Promise.all([
      registry.countByState(),
      catalogue.countModels(),
      releases.count(),
      rollouts.countRunning(),
      telemetry.totals(lastDay),
      telemetry.cost({ ...lastDay, by: 'device' }),
    ]);
    const answer: FleetOverview = {
      at,
      devices,
      models,
      releases: releaseCount,
      rolloutsRunning,
      lastDay: totals,
      cost: report.total,
      currency: report.currency,
    };
    return c.json(answer, 200);
  });
