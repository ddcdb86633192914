import type { FleetEvent } from '@flotilla/contracts';
import type { Clock, Timer } from '@flotilla/kernel';
import type { EventFeed } from '@flotilla/plane-registry';

const HEARTBEAT_MS = 15_000;
const PAGE = 100;

interface EventStreamOptions {
  feed: EventFeed;
  clock: Clock;
  /** Ends the stream. */
  stopping: AbortSignal;
  /** The last id the client saw; undefined: it starts with what happens from now on. */
  after: number | undefined;
  /** Asked at every heartbeat: a stream does not outlive the token or session that opened it. */
  stillAllowed: () => Promise<boolean>;
}

/**
 * The feed as server-sent events.
 *
 * INVARIANTS
 * - Events are read from the feed after the last id that was sent, and only when the client has taken what it was given:
 *   a slow client holds nothing in memory and misses nothing.
 * - A notification only wakes the reader up; one that comes while it reads makes it read again.
 * - A client that names an id we no longer hold, or have not reached, gets `reload` and goes on from now.
 */
export function eventStream({
  feed,
  clock,
  stopping,
  after,
  stillAllowed,
}: EventStreamOptions): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const bell = createBell();
  let last = 0;
  let timer: Timer | undefined;
  let unsubscribe = () => {};
  let gone = false;
  let ended = false;
  const onStop = () => bell.ring();

  const close = () => {
    gone = true;
    timer?.cancel();
    unsubscribe();
    stopping.removeEventListener('abort', onStop);
  };

  return new ReadableStream<Uint8Array>(
    {
      async start(controller) {
        unsubscribe = feed.subscribe(bell.ring);
        stopping.addEventListener('abort', onStop);
        const start = await startOf({ feed, after });
        last = start.from;
        // The id comes first, so that a connection lost before the first event resumes as well.
        controller.enqueue(encoder.encode(`retry: 2000\nid: ${last}\nevent: ${start.kind}\ndata: {}\n\n`));
      },
      async pull(controller) {
        for (;;) {
          if (stopping.aborted || ended) {
            close();
            controller.close();
            return;
          }
          const heard = bell.heard();
          const events = await feed.list({ after: last, limit: PAGE });
          if (gone) return;
          const newest = events.at(-1);
          if (newest !== undefined) {
            last = newest.id;
            controller.enqueue(encoder.encode(events.map(format).join('')));
            return;
          }
          let beat = false;
          timer = clock.setTimeout(() => {
            beat = true;
            bell.ring();
          }, HEARTBEAT_MS);
          await heard;
          timer.cancel();
          if (gone) return;
          if (beat) {
            ended = !(await stillAllowed());
            if (gone) return;
            controller.enqueue(encoder.encode(': heartbeat\n\n'));
            return;
          }
        }
      },
      cancel() {
        close();
        bell.ring();
      },
    },
    { highWaterMark: 1 },
  );
}

async function startOf({
  feed,
  after,
}: Pick<EventStreamOptions, 'feed' | 'after'>): Promise<{ from: number; kind: 'ready' | 'reload' }> {
  const newest = await feed.newestId();
  if (after === undefined) return { from: newest, kind: 'ready' };
  const oldest = await feed.oldestId();
  const held = after === newest || (after < newest && oldest !== undefined && after + 1 >= oldest);
  return held ? { from: after, kind: 'ready' } : { from: newest, kind: 'reload' };
}

function format(event: FleetEvent): string {
  return `id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Rings are never lost: one that comes between `heard()` and waiting for it has resolved it already. */
function createBell(): { ring: () => void; heard: () => Promise<void> } {
  let next = Promise.withResolvers<void>();
  return {
    ring: () => {
      next.resolve();
    },
    heard: () => {
      next = Promise.withResolvers<void>();
      return next.promise;
    },
  };
}
