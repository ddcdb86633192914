import { FlotillaError } from '@flotilla/contracts';
import type { AccessTokens } from '@flotilla/plane-registry';
import { createMiddleware } from 'hono/factory';
import { getCookie } from 'hono/cookie';
import { accessOf, mayCall } from './access-table.ts';
import { clientAddress } from './client-address.ts';
import type { Caller, PlaneEnv } from './env.ts';
import { refuseForeignOrigin } from './foreign-origin.ts';
import type { SignInLimit } from './sign-in-limit.ts';
import { unknownRoute } from './unknown-route.ts';

export const SESSION_COOKIE = 'flotilla_session';

/**
 * Lets a request through when the access table says so, and tells the handlers who calls.
 *
 * A path of the API that is not in the table is unknown to everyone. A request whose right comes from the cookie and
 * that changes something must come from our own pages.
 */
export const authenticate = ({
  accessTokens,
  signInLimit,
}: {
  accessTokens: AccessTokens;
  signInLimit: SignInLimit;
}) =>
  createMiddleware<PlaneEnv>(async (c, next) => {
    const { method, path } = c.req;
    const access = accessOf({ method, path });
    if (access === undefined) throw unknownRoute({ method, path });
    if (access === 'anyone') return next();
    const shown = {
      accessTokens,
      authorization: c.req.header('authorization'),
      sessionId: getCookie(c, SESSION_COOKIE),
    };
    const caller = await callerOf(shown);
    if (caller === undefined) {
      // Only what was offered as a token is counted: a browser whose session ended keeps asking until it is signed in.
      const tooMany =
        shown.authorization === undefined
          ? undefined
          : signInLimit.failed({ address: clientAddress(c), by: 'bearer' });
      if (tooMany !== undefined) throw tooMany;
      throw new FlotillaError(
        'unauthenticated',
        'Sign in, or send an access token as `Authorization: Bearer`.',
        {
          details: { fix: 'The admin token is in the file `admin-token` of the data folder.' },
        },
      );
    }
    if (caller.sessionId !== undefined) {
      refuseForeignOrigin({ method, origin: c.req.header('origin'), host: c.req.header('host') });
    }
    if (!mayCall({ role: caller.role, access })) {
      throw new FlotillaError('forbidden', `${caller.name} is ${caller.role}; this needs ${access}.`, {
        details: { fix: `Use an access token of role ${access}.` },
      });
    }
    c.set('caller', caller);
    c.set('stillAllowed', async () => {
      const now = await callerOf(shown);
      return now !== undefined && mayCall({ role: now.role, access });
    });
    return next();
  });

async function callerOf({
  accessTokens,
  authorization,
  sessionId,
}: {
  accessTokens: AccessTokens;
  authorization: string | undefined;
  sessionId: string | undefined;
}): Promise<Caller | undefined> {
  if (authorization !== undefined) {
    const token = /^Bearer +([A-Za-z0-9._~+/-]{1,256}=*)$/i.exec(authorization)?.[1];
    return token === undefined ? undefined : accessTokens.verify(token);
  }
  if (sessionId === undefined || sessionId.length > 256) return undefined;
  const session = await accessTokens.verifySession(sessionId);
  return session && { ...session, sessionId };
}
