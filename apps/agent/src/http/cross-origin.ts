import type { Context } from 'hono';
import type { BoxEnv } from './deps.ts';

/** What a page may read beside the body. */
const EXPOSED = 'x-request-id, request-id, x-queue-position, retry-after';
const METHODS = 'GET, POST, DELETE, OPTIONS';
/** A browser asks again after so long; a change of the configuration is felt by then. */
const MAX_AGE_SECONDS = '600';
const HEADER_NAMES = /^[\w!#$%&'*+.^`|~-]+(?:\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/;

/** Whether a browser only asks if it may call: no key comes with such a request. */
export function isPreflight(c: Context<BoxEnv>): boolean {
  return c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined;
}

/** The answer to a browser that asks on behalf of an allowed page. */
export function preflightAnswer(c: Context<BoxEnv>, origin: string): Response {
  const asked = c.req.header('access-control-request-headers') ?? '';
  return new Response(null, {
    status: 204,
    headers: {
      ...allowOrigin(origin),
      'access-control-allow-methods': METHODS,
      'access-control-max-age': MAX_AGE_SECONDS,
      ...(HEADER_NAMES.test(asked) ? { 'access-control-allow-headers': asked } : {}),
      ...(c.req.header('access-control-request-private-network') === 'true'
        ? { 'access-control-allow-private-network': 'true' }
        : {}),
    },
  });
}

/** Lets an allowed page read an answer, whatever its status. */
export function letRead(response: Response, origin: string): void {
  const headers = { ...allowOrigin(origin), 'access-control-expose-headers': EXPOSED };
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
}

function allowOrigin(origin: string): Record<string, string> {
  // Cookies play no part here: keys come in a header, so credentials are not allowed.
  return { 'access-control-allow-origin': origin, vary: 'Origin' };
}
