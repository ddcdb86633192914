import { CreateJoinTokenRequest, JoinTokenView } from '@flotilla/contracts';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { PlaneEnv } from '../env.ts';
import type { PlaneDeps } from '../plane-deps.ts';
import { body, id, json, listRoute, PageByIdQuery } from '../route-parts.ts';

const listTokens = listRoute({
  summary: 'Join tokens, without their secrets',
  query: PageByIdQuery,
  item: JoinTokenView,
  answer: 'One page of tokens.',
});
const createToken = createRoute({
  method: 'post',
  path: '/',
  summary: 'A new join token',
  request: { body: body(CreateJoinTokenRequest) },
  responses: {
    201: json(
      z.object({ token: z.string().describe('Shown once: it is stored hashed.'), view: JoinTokenView }),
      'The token for `flotilla-agent join`.',
    ),
  },
});
const revokeToken = createRoute({
  method: 'delete',
  path: '/{tokenId}',
  summary: 'Ends a join token; devices that joined by it stay',
  request: { params: z.object({ tokenId: id('The token.') }) },
  responses: { 204: { description: 'It is void.' } },
});

export const joinTokens = ({ registry, joinToken }: Pick<PlaneDeps, 'registry' | 'joinToken'>) =>
  new OpenAPIHono<PlaneEnv>()
    .openapi(listTokens, async (c) => c.json(await registry.listJoinTokens(c.req.valid('query')), 200))
    .openapi(createToken, async (c) => {
      const { secret, view } = await registry.createJoinToken(c.req.valid('json'), c.var.caller.name);
      return c.json({ token: joinToken({ secret, expiresAt: view.expiresAt }), view }, 201);
    })
    .openapi(revokeToken, async (c) => {
      await registry.revokeJoinToken(c.req.valid('param').tokenId);
      return c.body(null, 204);
    });
