import { FlotillaError } from '@flotilla/contracts';
import { METHODS } from 'hono/router';
import { accessOf } from './access-table.ts';

/** Why there is no such route: the path is unknown, or knows other methods, which `allow` then names. */
export function unknownRoute({ method, path }: { method: string; path: string }): FlotillaError {
  const known = METHODS.map((name) => name.toUpperCase()).filter((name) => accessOf({ method: name, path }));
  if (known.length === 0) {
    return new FlotillaError('not-found', `There is no ${method} ${path}.`, {
      details: { about: path, fix: 'See /reference for every route.' },
    });
  }
  const allow = known.join(', ');
  return new FlotillaError('method-not-allowed', `${path} knows no ${method}.`, {
    details: { about: path, allow, fix: `It knows ${allow}.` },
  });
}
