import type { NodeBindings } from './env.ts';

/** Where the request came from, as far as TCP knows; a proxy in front makes it one address for everyone. */
export function clientAddress({ env }: { env: unknown }): string {
  // A test that calls the app without a port gives no environment at all.
  return (env as NodeBindings | undefined)?.incoming?.socket.remoteAddress ?? 'unknown';
}
