import { Hono } from 'hono';
import type { BoxApiDeps, BoxEnv } from './deps.ts';

/** `GET /flotilla/v1/status`: what the agent does and why, for the person at the box. */
export const status = ({ status: read }: Pick<BoxApiDeps, 'status'>) =>
  new Hono<BoxEnv>().get('/', (c) =>
    c.body(JSON.stringify(read()), 200, { 'content-type': 'application/json' }),
  );
