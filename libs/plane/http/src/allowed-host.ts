import { FlotillaError } from '@flotilla/contracts';
import type { MiddlewareHandler } from 'hono';

/** Probes of a supervisor name us as they like, and are told nothing worth stealing. */
const OPEN = new Set(['/healthz', '/readyz']);

/**
 * Refuses requests that were sent to a name which is not ours: a page of a stranger whose name was made to point here
 * would count as our own page (DNS rebinding). An address is always good, because nobody's name stands for it.
 */
export function refuseForeignHost(allowedHosts: readonly string[]): MiddlewareHandler {
  const names = new Set(allowedHosts.map((name) => name.toLowerCase()));
  return async (c, next) => {
    const asked = c.req.header('host') ?? new URL(c.req.url).host;
    if (!OPEN.has(c.req.path) && !isOurs(hostnameOf(asked), names)) {
      throw new FlotillaError(
        'host-not-allowed',
        `This server does not answer to \`${asked.slice(0, 253)}\`.`,
        {
          details: { fix: 'Use its address, or start it with --public-address and the name you call it by.' },
        },
      );
    }
    return next();
  };
}

function isOurs(hostname: string | undefined, names: ReadonlySet<string>): boolean {
  if (hostname === undefined) return false;
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname.startsWith('[') ||
    /^\d{1,3}(?:\.\d{1,3}){3}$/.test(hostname) ||
    names.has(hostname)
  );
}

/** Lower case and without the port; undefined for what is no host. */
function hostnameOf(host: string): string | undefined {
  if (!/^[A-Za-z0-9._:[\]-]+$/.test(host)) return undefined;
  try {
    return new URL(`http://${host}`).hostname.replace(/\.$/, '');
  } catch {
    return undefined;
  }
}
