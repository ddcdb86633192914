import { FlotillaError } from '@flotilla/contracts';
import type { Hono } from 'hono';
import { METHODS } from 'hono/router';
import type { BoxEnv } from './deps.ts';

/** Why an app has no such route: the path is unknown, or knows other methods, which `allow` then names. */
export function unknownRoute(
  app: Hono<BoxEnv>,
  { method, path }: { method: string; path: string },
): FlotillaError {
  const known = METHODS.map((name) => name.toUpperCase()).filter((name) =>
    // Middleware stands in the table as `ALL`.
    app.router.match(name, path)[0].some(([[, route]]) => route.method === name),
  );
  if (known.length === 0)
    return new FlotillaError('not-found', `There is no ${method} ${path} here.`, {
      details: { about: path },
    });
  const allow = known.join(', ');
  return new FlotillaError('method-not-allowed', `${path} knows no ${method}, it knows ${allow}.`, {
    details: { about: path, allow },
  });
}
