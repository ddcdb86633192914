import { Model } from '@flotilla/contracts';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { PlaneEnv } from '../env.ts';
import type { PlaneDeps } from '../plane-deps.ts';
import { id, json, page, PageQuery } from '../route-parts.ts';

const listModels = createRoute({
  method: 'get',
  path: '/',
  summary: 'Models of the catalogue with their variants',
  request: { query: PageQuery },
  responses: { 200: page(Model, 'One page of models.') },
});
const getModel = createRoute({
  method: 'get',
  path: '/{modelId}',
  summary: 'One model',
  request: { params: z.object({ modelId: id('The model.') }) },
  responses: { 200: json(Model, 'The model.') },
});

export const models = ({ catalogue }: Pick<PlaneDeps, 'catalogue'>) =>
  new OpenAPIHono<PlaneEnv>()
    .openapi(listModels, async (c) => c.json(await catalogue.listModels(c.req.valid('query')), 200))
    .openapi(getModel, async (c) => c.json(await catalogue.getModel(c.req.valid('param').modelId), 200));
