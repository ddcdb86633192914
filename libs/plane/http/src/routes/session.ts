import { FlotillaError, Role, SignInRequest, TimeMs } from '@flotilla/contracts';
import type { Session } from '@flotilla/plane-registry';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';
import { SESSION_COOKIE } from '../authenticate.ts';
import { clientAddress } from '../client-address.ts';
import type { PlaneEnv } from '../env.ts';
import type { PlaneDeps } from '../plane-deps.ts';
import { body, json } from '../route-parts.ts';
import type { SignInLimit } from '../sign-in-limit.ts';

const SessionView = z.object({
  name: z.string(),
  role: Role,
  expiresAt: TimeMs.optional().describe('Absent when the request carries a token and has no session.'),
});

const signIn = createRoute({
  method: 'post',
  path: '/',
  summary: 'Turns an access token into a session cookie',
  request: { body: body(SignInRequest) },
  responses: { 200: json(SessionView, 'Signed in; the cookie is HttpOnly and SameSite=Strict.') },
});
const whoAmI = createRoute({
  method: 'get',
  path: '/',
  summary: 'Who this request is',
  responses: { 200: json(SessionView, 'The caller.') },
});
const signOut = createRoute({
  method: 'delete',
  path: '/',
  summary: 'Ends the session',
  responses: { 204: { description: 'Signed out.' } },
});

type SessionDeps = Pick<PlaneDeps, 'accessTokens' | 'clock' | 'secureCookies'> & { signInLimit: SignInLimit };

export const session = ({ accessTokens, clock, secureCookies = false, signInLimit }: SessionDeps) =>
  new OpenAPIHono<PlaneEnv>()
    .openapi(signIn, async (c) => {
      const principal = await accessTokens.verify(c.req.valid('json').token);
      if (principal === undefined) {
        throw (
          signInLimit.failed({ address: clientAddress(c), by: 'sign-in' }) ??
          new FlotillaError('unauthenticated', 'This is not an access token of this control plane.', {
            details: {
              field: 'token',
              fix: 'The admin token is in the file `admin-token` of the data folder.',
            },
          })
        );
      }
      const made = await accessTokens.createSession(principal.tokenId);
      giveCookie({ c, session: made, now: clock.now(), secure: secureCookies });
      return c.json({ name: made.name, role: made.role, expiresAt: made.expiresAt }, 200);
    })
    .openapi(whoAmI, (c) => {
      const { name, role, expiresAt } = c.var.caller;
      return c.json({ name, role, ...(expiresAt === undefined ? {} : { expiresAt }) }, 200);
    })
    .openapi(signOut, async (c) => {
      const { sessionId } = c.var.caller;
      if (sessionId !== undefined) await accessTokens.endSession(sessionId);
      deleteCookie(c, SESSION_COOKIE, { path: '/' });
      return c.body(null, 204);
    });

/** Sets the session cookie: not readable by scripts, not sent by other sites. */
export function giveCookie({
  c,
  session: made,
  now,
  secure,
}: {
  c: Context<PlaneEnv>;
  session: Session;
  now: number;
  secure: boolean;
}): void {
  setCookie(c, SESSION_COOKIE, made.id, {
    path: '/',
    httpOnly: true,
    sameSite: 'Strict',
    secure,
    maxAge: Math.max(0, Math.floor((made.expiresAt - now) / 1_000)),
  });
}
