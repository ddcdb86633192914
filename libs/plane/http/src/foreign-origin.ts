import { FlotillaError } from '@flotilla/contracts';

interface AskedRequest {
  method: string;
  /** The `Origin` and `Host` headers. */
  origin: string | undefined;
  host: string | undefined;
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Throws `host-not-allowed` for a request that changes something and does not come from our own pages: a browser sends the
 * cookie, but it also says where the page came from. Only the host is compared, since a proxy may end TLS before us.
 */
export function refuseForeignOrigin({ method, origin, host }: AskedRequest): void {
  if (SAFE.has(method)) return;
  if (origin !== undefined && host !== undefined && hostOf(origin) === host.toLowerCase()) return;
  throw new FlotillaError(
    'host-not-allowed',
    origin === undefined
      ? 'A request signed in by cookie must say its Origin.'
      : `A page of ${origin} may not change anything here.`,
    { details: { fix: 'Use the console of this server, or an access token as `Authorization: Bearer`.' } },
  );
}

/** As a `Host` header would say it; undefined for `null` and other texts without a host. */
function hostOf(origin: string): string | undefined {
  try {
    const { host } = new URL(origin);
    return host === '' ? undefined : host;
  } catch {
    return undefined;
  }
}
