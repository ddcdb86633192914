import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';

/** The route that a request matched, as a label with few values: `/v1/devices/:deviceId`, or `other`. */
export function routeLabel(c: Context): string {
  return matchedRoutes(c).findLast(({ path }) => !path.endsWith('*'))?.path ?? 'other';
}
