import { Model } from '@flotilla/contracts';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { PlaneEnv } from '../env.ts';
import type { PlaneDeps } from '../plane-deps.ts';
import { id, json, listRoute, PageQuery } from '../route-parts.ts';

const listModels = listRoute({
  summary: 'Models of the catalogue with their variants',
  query: PageQuery,
  item: Model,
  answer: 'One page of models.',
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
