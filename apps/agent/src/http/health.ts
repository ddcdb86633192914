import { Hono } from 'hono';
import type { BoxApiDeps, BoxEnv } from './deps.ts';

const RETRY_AFTER_SECONDS = '5';

/** `GET /healthz`: the agent runs. */
export const healthz = () => new Hono<BoxEnv>().get('/', (c) => c.json({ status: 'ok' as const }, 200));

/** `GET /readyz`: a request would be answered now. */
export const readyz = ({ services }: Pick<BoxApiDeps, 'services'>) =>
  new Hono<BoxEnv>().get('/', (c) => {
    if (services.isClosed)
      return c.json({ status: 'draining' as const }, 503, { 'retry-after': RETRY_AFTER_SECONDS });
    const stages = services.served().map(({ deployment }) => deployment?.stage ?? 'loading');
    // A sleeping service answers too: the request wakes it.
    if (stages.includes('serving') || stages.includes('sleeping'))
      return c.json({ status: 'ready' as const }, 200);
    return c.json({ status: stages[0] ?? ('empty' as const) }, 503, { 'retry-after': RETRY_AFTER_SECONDS });
  });
