import type { FleetEvent } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import type { EventFeed } from './event-feed.ts';
import type { EventStore } from './event-store.ts';

export function createEventFeed({ store, clock }: { store: EventStore; clock: Clock }): EventFeed {
  const listeners = new Set<(event: FleetEvent) => void>();
  return {
    async append({ at = clock.now(), ...event }) {
      const stored = await store.append({ at, ...event });
      for (const listener of listeners) listener(stored);
      return stored;
    },
    list: (request) => store.list(request),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    oldestId: () => store.oldestId(),
    newestId: () => store.newestId(),
    async trim(keep) {
      await store.removeUpTo((await store.newestId()) - keep);
    },
  };
}
