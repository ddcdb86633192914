import { Hono } from 'hono';
import type { BoxApiDeps, BoxEnv } from './deps.ts';

/** `GET /metrics`, for Prometheus. */
export const metrics = ({ metrics: read }: Pick<BoxApiDeps, 'metrics'>) =>
  new Hono<BoxEnv>().get('/', async (c) => {
    const { contentType, body } = await read();
    return c.body(body, 200, { 'content-type': contentType });
  });
