import type { Context } from 'hono';
import type { BoxEnv } from './deps.ts';

/** Says how far back a request was in the queue when it was taken; 0: it did not wait. Of several, the furthest. */
export function tellPlace(c: Context<BoxEnv>, answers: readonly { queuePosition: number }[]): void {
  c.header('x-queue-position', String(Math.max(0, ...answers.map(({ queuePosition }) => queuePosition))));
}
