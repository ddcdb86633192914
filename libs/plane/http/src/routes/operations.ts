import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { PlaneEnv } from '../env.ts';
import type { PlaneDeps } from '../plane-deps.ts';
import { json } from '../route-parts.ts';

const healthz = createRoute({
  method: 'get',
  path: '/healthz',
  summary: 'Whether the process answers',
  responses: { 200: json(z.object({ status: z.literal('ok') }), 'It does.') },
});
const readyz = createRoute({
  method: 'get',
  path: '/readyz',
  summary: 'Whether what the control plane needs answers as well',
  responses: { 200: json(z.object({ status: z.literal('ready') }), 'It does.') },
});
const metricsRoute = createRoute({
  method: 'get',
  path: '/metrics',
  summary: 'Prometheus metrics; needs an access token of role viewer',
  responses: { 200: { description: 'Prometheus text.', content: { 'text/plain': { schema: z.string() } } } },
});

export const operations = ({ checkReady, metrics }: Pick<PlaneDeps, 'checkReady' | 'metrics'>) =>
  new OpenAPIHono<PlaneEnv>()
    .openapi(healthz, (c) => c.json({ status: 'ok' as const }, 200))
    .openapi(readyz, async (c) => {
      await checkReady();
      return c.json({ status: 'ready' as const }, 200);
    })
    .openapi(metricsRoute, async (c) => {
      const { contentType, text } = await metrics.expose();
      return c.text(text, 200, { 'content-type': contentType });
    });
