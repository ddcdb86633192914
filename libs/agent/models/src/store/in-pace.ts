import { FlotillaError } from '@flotilla/contracts';
import { formatBytes, type Clock } from '@flotilla/kernel';

/**
 * Passes the pieces of a file on, as long as `bytes` more come in every `withinMs`. Only the wait for the sender counts,
 * not what is done with a piece. Throws `timeout`, or the signal's reason, without waiting for the sender.
 */
export async function* inPace(
  pieces: AsyncIterable<Uint8Array>,
  {
    bytes,
    withinMs,
    clock,
    signal,
  }: { bytes: number; withinMs: number; clock: Clock; signal?: AbortSignal | undefined },
): AsyncGenerator<Uint8Array, void> {
  const source = pieces[Symbol.asyncIterator]();
  let leftMs = withinMs;
  let come = 0;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const late = Promise.withResolvers<never>();
      const onAbort = (): void => late.reject(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      const from = clock.monotonic();
      const timer = clock.setTimeout(() => late.reject(tooSlow(bytes, withinMs)), leftMs);
      const next = await Promise.race([source.next(), late.promise]).finally(() => {
        timer.cancel();
        signal?.removeEventListener('abort', onAbort);
      });
      if (next.done === true) return;
      leftMs -= clock.monotonic() - from;
      come += next.value.length;
      if (come >= bytes) [come, leftMs] = [0, withinMs];
      yield next.value;
    }
  } finally {
    // One that is silent answers this only when its connection ends.
    source.return?.().catch(() => undefined);
  }
}

function tooSlow(bytes: number, withinMs: number): FlotillaError {
  return new FlotillaError(
    'timeout',
    `The file came too slowly: less than ${formatBytes(bytes)} in ${Math.round(withinMs / 1_000)} s.`,
    { details: { fix: 'Send it again over a faster connection.' } },
  );
}
