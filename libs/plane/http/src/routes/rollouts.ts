import {
  CreateRolloutRequest,
  DeviceProgress,
  Rollout,
  RolloutDecision,
  RolloutState,
} from '@flotilla/contracts';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { PlaneEnv } from '../env.ts';
import type { PlaneDeps } from '../plane-deps.ts';
import { body, id, json, listRoute, page, PageByIdQuery, PageQuery } from '../route-parts.ts';

const params = z.object({ rolloutId: id('The rollout.') });

const listRollouts = listRoute({
  summary: 'Rollouts, newest first',
  query: PageByIdQuery.extend({ state: RolloutState.optional() }),
  item: Rollout,
  answer: 'One page of rollouts.',
});
const startRollout = createRoute({
  method: 'post',
  path: '/',
  summary: 'Applies a release to the devices a selector matches',
  request: { body: body(CreateRolloutRequest) },
  responses: { 201: json(Rollout, 'The rollout.') },
});
const getRollout = createRoute({
  method: 'get',
  path: '/{rolloutId}',
  summary: 'One rollout',
  request: { params },
  responses: { 200: json(Rollout, 'The rollout.') },
});
const listDevices = createRoute({
  method: 'get',
  path: '/{rolloutId}/devices',
  summary: 'Where each device of the rollout stands',
  request: { params, query: PageQuery },
  responses: { 200: page(DeviceProgress, 'One page of devices, in batch order.') },
});
const listDecisions = createRoute({
  method: 'get',
  path: '/{rolloutId}/decisions',
  summary: 'Every decision with what it was based on, newest first',
  request: { params, query: PageQuery },
  responses: { 200: page(RolloutDecision, 'One page of decisions.') },
});
const actOnRollout = createRoute({
  method: 'post',
  path: '/{rolloutId}/{action}',
  summary: 'Pauses, resumes, cancels or rolls back',
  request: {
    params: params.extend({ action: z.enum(['pause', 'resume', 'cancel', 'rollback']) }),
  },
  responses: { 200: json(Rollout, 'The rollout as it is now.') },
});

export const rollouts = ({ rollouts: service }: Pick<PlaneDeps, 'rollouts'>) =>
  new OpenAPIHono<PlaneEnv>()
    .openapi(listRollouts, async (c) => c.json(await service.list(c.req.valid('query')), 200))
    .openapi(startRollout, async (c) =>
      c.json(await service.create(c.req.valid('json'), c.var.caller.name), 201),
    )
    .openapi(getRollout, async (c) => c.json(await service.get(c.req.valid('param').rolloutId), 200))
    .openapi(listDevices, async (c) =>
      c.json(await service.devices(c.req.valid('param').rolloutId, c.req.valid('query')), 200),
    )
    .openapi(listDecisions, async (c) =>
      c.json(await service.decisions(c.req.valid('param').rolloutId, c.req.valid('query')), 200),
    )
    .openapi(actOnRollout, async (c) => {
      const { rolloutId, action } = c.req.valid('param');
      return c.json(await service[action](rolloutId, c.var.caller.name), 200);
    });
