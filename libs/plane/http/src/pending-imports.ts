import { FlotillaError } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import type { NewId } from '@flotilla/plane-registry';
import type { PendingImport, PendingImports } from './plane-deps.ts';

const LIFE_MS = 3_600_000;
const MOST = 256;

/**
 * Announced imports, in memory: the file follows within the hour, or the announcement is made again. It costs nothing to
 * lose one.
 */
export function createPendingImports({ clock, newId }: { clock: Clock; newId: NewId }): PendingImports {
  const pending = new Map<string, { request: PendingImport; until: number }>();
  const forgetExpired = () => {
    for (const [id, { until }] of pending) if (until <= clock.now()) pending.delete(id);
  };
  return {
    announce(request) {
      forgetExpired();
      if (pending.size >= MOST) {
        throw new FlotillaError('rate-limited', `${MOST} imports wait for their file already.`, {
          details: { retryAfterMs: 60_000, fix: 'Send their files, or wait an hour.' },
        });
      }
      const id = newId();
      pending.set(id, { request, until: clock.now() + LIFE_MS });
      return id;
    },
    take(id) {
      forgetExpired();
      const found = pending.get(id);
      pending.delete(id);
      return found?.request;
    },
  };
}
