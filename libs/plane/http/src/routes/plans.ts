import { PlanLine, PlanRequest } from '@flotilla/contracts';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { PlaneEnv } from '../env.ts';
import type { PlaneDeps } from '../plane-deps.ts';
import { body, json } from '../route-parts.ts';

const makePlan = createRoute({
  method: 'post',
  path: '/',
  summary: 'The dry run of a release: each device with its variant, or what stops it',
  request: { body: body(PlanRequest) },
  responses: {
    200: json(
      z.object({
        lines: z.array(PlanLine),
        fits: z.int().min(0),
        doesNotFit: z.int().min(0),
        downloadBytes: z.int().min(0).describe('Over all devices.'),
      }),
      'One line per device.',
    ),
  },
});

export const plans = ({ rollouts }: Pick<PlaneDeps, 'rollouts'>) =>
  new OpenAPIHono<PlaneEnv>().openapi(makePlan, async (c) => {
    const lines = await rollouts.plan(c.req.valid('json'));
    const fits = lines.filter((line) => line.fits).length;
    const downloadBytes = lines.reduce((sum, line) => sum + (line.downloadBytes ?? 0), 0);
    return c.json({ lines, fits, doesNotFit: lines.length - fits, downloadBytes }, 200);
  });
