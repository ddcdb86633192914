import { ReleaseSpec, ReleaseView } from '@flotilla/contracts';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { PlaneEnv } from '../env.ts';
import type { PlaneDeps } from '../plane-deps.ts';
import { body, id, json, listRoute, PageQuery } from '../route-parts.ts';

const listReleases = listRoute({
  summary: 'Releases, newest first',
  query: PageQuery.extend({ service: z.string().max(63).optional().describe('Only of this service.') }),
  item: ReleaseView,
  answer: 'One page of releases.',
});
const createRelease = createRoute({
  method: 'post',
  path: '/',
  summary: 'Makes and signs the next release of a service',
  request: { body: body(ReleaseSpec) },
  responses: { 201: json(ReleaseView, 'The release; it never changes.') },
});
const getRelease = createRoute({
  method: 'get',
  path: '/{ref}',
  summary: 'One release',
  request: { params: z.object({ ref: id('`assistant@3`, `assistant` for its newest, or a digest.') }) },
  responses: { 200: json(ReleaseView, 'The release.') },
});

export const releases = ({ releases: store }: Pick<PlaneDeps, 'releases'>) =>
  new OpenAPIHono<PlaneEnv>()
    .openapi(listReleases, async (c) => c.json(await store.list(c.req.valid('query')), 200))
    .openapi(createRelease, async (c) =>
      c.json(await store.create(c.req.valid('json'), c.var.caller.name), 201),
    )
    .openapi(getRelease, async (c) => c.json(await store.get(c.req.valid('param').ref), 200));
