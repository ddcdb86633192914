import { FlotillaError, TimeMs } from '@flotilla/contracts';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { PlaneEnv } from '../env.ts';
import type { PlaneDeps } from '../plane-deps.ts';
import { json } from '../route-parts.ts';
import type { SignInLimit } from '../sign-in-limit.ts';
import { addressOf, giveCookie } from './session.ts';

const createLink = createRoute({
  method: 'post',
  path: '/',
  summary: 'A link that signs a browser in once, with the right of the caller',
  responses: {
    201: json(
      z.object({ path: z.string().describe('Below the address of the console.'), expiresAt: TimeMs }),
      'The link.',
    ),
  },
});

export const signInLinks = ({ accessTokens }: Pick<PlaneDeps, 'accessTokens'>) =>
  new OpenAPIHono<PlaneEnv>().openapi(createLink, async (c) => {
    const { code, expiresAt } = await accessTokens.createOneTimeCode(c.var.caller.tokenId);
    return c.json({ path: `/sign-in/${code}`, expiresAt }, 201);
  });

const followLink = createRoute({
  method: 'get',
  path: '/{code}',
  summary: 'Signs the browser in and goes to the console',
  request: { params: z.object({ code: z.string().min(1).max(256) }) },
  responses: { 303: { description: 'Signed in: go to `/`.' } },
});

type FollowDeps = Pick<PlaneDeps, 'accessTokens' | 'clock' | 'secureCookies'> & { signInLimit: SignInLimit };

export const signInByLink = ({ accessTokens, clock, secureCookies = false, signInLimit }: FollowDeps) =>
  new OpenAPIHono<PlaneEnv>().openapi(followLink, async (c) => {
    const address = addressOf(c);
    signInLimit.check(address);
    const made = await accessTokens.redeemOneTimeCode(c.req.valid('param').code);
    if (made === undefined) {
      signInLimit.failed(address);
      throw new FlotillaError('unauthenticated', 'This sign-in link was used already or is too old.', {
        details: { fix: 'Make a new one with `flotilla-control-plane sign-in-link`.' },
      });
    }
    giveCookie({ c, session: made, now: clock.now(), secure: secureCookies });
    return c.redirect('/', 303);
  });
