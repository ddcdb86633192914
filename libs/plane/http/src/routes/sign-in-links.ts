import { FlotillaError, TimeMs } from '@flotilla/contracts';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { accepts } from 'hono/accepts';
import type { PlaneEnv } from '../env.ts';
import type { PlaneDeps } from '../plane-deps.ts';
import { PROBLEM_MEDIA_TYPE } from '../problem-response.ts';
import { json } from '../route-parts.ts';
import type { SignInLimit } from '../sign-in-limit.ts';
import { clientAddress } from '../client-address.ts';
import { giveCookie } from './session.ts';

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
  responses: {
    303: {
      description:
        'Signed in: go to `/`. A browser with a link that was used or is too old goes to the sign-in page.',
    },
  },
});

const PAGE_OR_PROBLEM = {
  header: 'Accept' as const,
  supports: ['text/html', PROBLEM_MEDIA_TYPE],
  default: PROBLEM_MEDIA_TYPE,
};

type FollowDeps = Pick<PlaneDeps, 'accessTokens' | 'clock' | 'secureCookies'> & { signInLimit: SignInLimit };

export const signInByLink = ({ accessTokens, clock, secureCookies = false, signInLimit }: FollowDeps) =>
  new OpenAPIHono<PlaneEnv>().openapi(followLink, async (c) => {
    const made = await accessTokens.redeemOneTimeCode(c.req.valid('param').code);
    if (made === undefined) {
      const tooMany = signInLimit.failed({ address: clientAddress(c), by: 'link' });
      // A person who follows a link gets a page, with a form for the token, instead of a document for programs.
      if (accepts(c, PAGE_OR_PROBLEM) === 'text/html') return c.redirect('/sign-in?link=spent', 303);
      throw (
        tooMany ??
        new FlotillaError('unauthenticated', 'This sign-in link was used already or is too old.', {
          details: { fix: 'Make a new one with `flotilla-control-plane sign-in-link`.' },
        })
      );
    }
    giveCookie({ c, session: made, now: clock.now(), secure: secureCookies });
    return c.redirect('/', 303);
  });
