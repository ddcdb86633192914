import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { EVENT_KINDS, STALE } from './stale-keys.ts';

/** Events of a busy fleet come in bursts; what they make stale is asked for once per burst. */
const GATHER_MS = 250;

/** How long to wait before a stream that the browser gave up is opened anew. */
const REOPEN_MS = 3_000;

/**
 * Follows the server's events for as long as the component lives.
 *
 * INVARIANTS
 * - The browser reconnects by itself with `Last-Event-ID`. Where it gives up (an answer that is no stream), a new stream
 *   asks for what came after the last id that was seen, so that nothing is missed either way.
 * - `reload` from the server means that some events are gone: everything is asked for again. The same goes for the first
 *   `ready`: what was read before it may be older than the stream's start.
 *
 * @returns whether the stream is open.
 */
export function useLiveEvents(enabled: boolean): boolean {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (!enabled) return;
    const stale = new Set<string>();
    let source: EventSource | undefined;
    let lastId: string | undefined;
    let gathering: ReturnType<typeof setTimeout> | undefined;
    let reopening: ReturnType<typeof setTimeout> | undefined;

    const flush = () => {
      gathering = undefined;
      for (const key of stale) void client.invalidateQueries({ queryKey: [key] });
      stale.clear();
    };
    const gather = (keys: readonly string[]) => {
      for (const key of keys) stale.add(key);
      gathering ??= setTimeout(flush, GATHER_MS);
    };
    const readAgain = () =>
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });

    const connect = () => {
      const path = lastId === undefined ? '' : `?after=${encodeURIComponent(lastId)}`;
      source = new EventSource(`/v1/events/stream${path}`);
      source.onopen = () => setOpen(true);
      source.onerror = () => {
        setOpen(false);
        if (source?.readyState !== EventSource.CLOSED) return;
        // The session may have ended; if so, this leads to the sign-in page.
        void client.invalidateQueries({ queryKey: ['session'] });
        reopening = setTimeout(connect, REOPEN_MS);
      };
      source.addEventListener('ready', ({ lastEventId }) => {
        if (lastId === undefined) readAgain();
        lastId = lastEventId;
      });
      source.addEventListener('reload', ({ lastEventId }) => {
        readAgain();
        lastId = lastEventId;
      });
      for (const kind of EVENT_KINDS) {
        source.addEventListener(kind, ({ lastEventId }) => {
          lastId = lastEventId;
          gather(STALE[kind]);
        });
      }
    };

    connect();
    return () => {
      source?.close();
      clearTimeout(gathering);
      clearTimeout(reopening);
      setOpen(false);
    };
  }, [client, enabled]);
  return open;
}
