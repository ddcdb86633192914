import type { ServiceCall } from '@flotilla/agent-serving';
import type { Context } from 'hono';
import type { BoxEnv } from './deps.ts';

/** Who calls without a key: all programs of the box together. No key can have the name. */
export const KEYLESS = '@local';

/** Who asks, as the queue and the engine tell callers apart. */
export function callerOf(c: Context<BoxEnv>): Pick<ServiceCall, 'key' | 'priority'> {
  return { key: c.get('caller'), priority: c.get('priority') };
}
