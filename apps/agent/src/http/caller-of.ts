import type { ServiceCall } from '@flotilla/agent-serving';
import type { Context } from 'hono';
import type { BoxEnv } from './deps.ts';

/** Who asks, as the queue and the engine tell callers apart. */
export function callerOf(c: Context<BoxEnv>): Pick<ServiceCall, 'key' | 'priority'> {
  return { key: c.get('caller'), priority: c.get('priority') };
}
