import type { Clock } from '@flotilla/kernel';
import { openConnection, type TlsMaterial } from './connection.ts';

/**
 * Connects to a broker as a client would and leaves again: name, TLS, both certificates and the broker's own consent.
 *
 * Throws `unauthenticated` where the broker refuses us, `offline` for everything else. A broker ends an older
 * connection of the same `clientId`: not for one that is in use.
 */
export async function probeBroker({
  url,
  clientId,
  tls,
  timeoutMs,
  clock,
}: {
  url: string;
  clientId: string;
  tls?: TlsMaterial;
  timeoutMs: number;
  clock: Clock;
}): Promise<void> {
  const connection = await openConnection({
    url,
    clientId,
    ...(tls === undefined ? {} : { tls }),
    keepaliveSeconds: 30,
    connectTimeoutMs: timeoutMs,
    ackTimeoutMs: timeoutMs,
    clock,
    onMessage: async () => undefined,
    signal: AbortSignal.timeout(timeoutMs),
  });
  await connection.end();
}
