import { CreateAccessTokenRequest, Role, TimeMs } from '@flotilla/contracts';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { PlaneEnv } from '../env.ts';
import type { PlaneDeps } from '../plane-deps.ts';
import { body, id, json, page } from '../route-parts.ts';

const AccessTokenView = z.object({
  id: z.string(),
  name: z.string(),
  role: Role,
  createdAt: TimeMs,
  expiresAt: TimeMs.optional(),
});

const listTokens = createRoute({
  method: 'get',
  path: '/',
  summary: 'Access tokens, without their secrets',
  responses: { 200: page(AccessTokenView, 'All tokens.') },
});
const createToken = createRoute({
  method: 'post',
  path: '/',
  summary: 'A new access token',
  request: { body: body(CreateAccessTokenRequest) },
  responses: {
    201: json(
      z.object({ id: z.string(), token: z.string().describe('Shown once: it is stored hashed.') }),
      'The token.',
    ),
  },
});
const revokeToken = createRoute({
  method: 'delete',
  path: '/{tokenId}',
  summary: 'Ends a token and every session made from it',
  request: { params: z.object({ tokenId: id('The token.') }) },
  responses: { 204: { description: 'It is void.' } },
});

export const accessTokens = ({ accessTokens: tokens }: Pick<PlaneDeps, 'accessTokens'>) =>
  new OpenAPIHono<PlaneEnv>()
    .openapi(listTokens, async (c) => c.json({ items: await tokens.list() }, 200))
    .openapi(createToken, async (c) => c.json(await tokens.create(c.req.valid('json')), 201))
    .openapi(revokeToken, async (c) => {
      await tokens.revoke(c.req.valid('param').tokenId);
      return c.body(null, 204);
    });
