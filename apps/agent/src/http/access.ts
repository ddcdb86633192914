import { FlotillaError } from '@flotilla/contracts';
import { createMiddleware } from 'hono/factory';
import { findApiKey, type StoredApiKey } from './api-keys.ts';
import { KEYLESS } from './caller-of.ts';
import { isPreflight, letRead, preflightAnswer } from './cross-origin.ts';
import type { BoxEnv } from './deps.ts';
import { whenAnswered } from './end-of-answer.ts';
import { createKeyLimits } from './key-limits.ts';

/** Who may call the box. */
export interface BoxAccess {
  /**
   * `loopback`: only programs of this box can reach it, no key is asked for; one that comes names its caller all the
   * same. `socket`: the same through a file, under any host name. `network`: every call needs a key.
   */
  bind: 'loopback' | 'socket' | 'network';
  /** Host names beside loopback's own under which the box may be called, such as `box-7.shop.lan`. */
  hosts: readonly string[];
  /** As they were at the start. */
  keys: readonly StoredApiKey[];
  /** As they are now: keys come and go while the box runs. Default: `keys`. */
  currentKeys?: () => Promise<readonly StoredApiKey[]>;
  /** Web pages of other origins that may call, such as `https://app.shop.example`. Default: none. */
  origins?: readonly string[];
  /** Milliseconds since 1970 UTC. Default `Date.now`. */
  now?: () => number;
}

/** Paths a load balancer may ask without a key: they say nothing about the box but whether it is up. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

const LOOPBACK_NAME = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const IP_LITERAL = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\])$/;

/**
 * Refuses calls under a name that is not this box's, and calls made by other people's web pages.
 *
 * A page in a browser on this box can resolve its own name to 127.0.0.1 (DNS rebinding); its `Host` and
 * `Origin` still carry that name. An address instead of a name cannot be rebound, so a box that is bound
 * to a network may be called by any address of it. No name leads a browser to a socket, where clients write what they
 * like as their `Host`.
 */
export function checkHostAndOrigin(access: BoxAccess) {
  const origins = new Set((access.origins ?? []).map((origin) => origin.toLowerCase()));
  const named = new Set(access.hosts.map((host) => host.toLowerCase()));
  const isOurs = (host: string): boolean =>
    LOOPBACK_NAME.test(host) || named.has(host) || (access.bind === 'network' && IP_LITERAL.test(host));
  return createMiddleware<BoxEnv>(async (c, next) => {
    const host = hostName(c.req.header('host') ?? new URL(c.req.url).host);
    if (access.bind !== 'socket' && (host === undefined || !isOurs(host)))
      throw refused('Host', c.req.header('host') ?? '');
    const origin = c.req.header('origin');
    if (origin !== undefined && origins.has(origin.toLowerCase())) {
      if (isPreflight(c)) return preflightAnswer(c, origin);
      await next();
      letRead(c.res, origin);
      return;
    }
    if (origin !== undefined) {
      const from = originHost(origin);
      if (from === undefined || !isOurs(from)) throw refused('Origin', origin);
    }
    await next();
    return;
  });
}

/** Asks for a key where the box is bound to a network; names the caller for the queue, and holds it to its bounds. */
export function requireKey(access: BoxAccess) {
  const { bind, keys, currentKeys = async () => keys, now = Date.now } = access;
  const limits = createKeyLimits({ now });
  return createMiddleware<BoxEnv>(async (c, next) => {
    c.set('caller', KEYLESS);
    c.set('priority', 0);
    if (OPEN_PATHS.has(c.req.path)) {
      await next();
      return;
    }
    const given = bearer(c.req.header('authorization')) ?? c.req.header('x-api-key');
    const found = given === undefined ? undefined : findApiKey(await currentKeys(), given);
    const isExpired = found?.expiresAt !== undefined && found.expiresAt <= now();
    if (bind === 'network' && (found === undefined || isExpired)) throw noKey({ given, isExpired });
    if (found === undefined || isExpired) {
      await next();
      return;
    }
    c.set('caller', found.id);
    c.set('priority', found.priority ?? 0);
    const leave = limits.enter(found);
    await next();
    // A stream is under way until its last piece.
    c.res = whenAnswered(c.res, leave);
  });
}

function noKey({ given, isExpired }: { given: string | undefined; isExpired: boolean }): FlotillaError {
  if (given === undefined)
    return new FlotillaError('unauthenticated', 'An API key is needed: send `Authorization: Bearer KEY`.', {
      details: { fix: 'Make one on the box with `flotilla-agent keys create NAME`.' },
    });
  return new FlotillaError(
    'unauthenticated',
    isExpired ? 'The API key has expired.' : 'The API key is not known.',
  );
}

function refused(header: string, value: string): FlotillaError {
  return new FlotillaError(
    'host-not-allowed',
    `The ${header} \`${value.slice(0, 200)}\` may not call this box.`,
    {
      details: {
        about: header,
        fix: 'Add the host name to http.allowedHosts, or the page’s origin to http.allowedOrigins, in the agent’s configuration.',
      },
    },
  );
}

/** Lower-case name without port; undefined for what is no host. */
function hostName(host: string): string | undefined {
  const match = /^(\[[\da-fA-F:.]+\]|[^:/@\s]+)(?::\d{1,5})?$/.exec(host);
  return match?.[1]?.toLowerCase();
}

function originHost(origin: string): string | undefined {
  const match = /^https?:\/\/(.+)$/i.exec(origin);
  return match?.[1] === undefined ? undefined : hostName(match[1]);
}

function bearer(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}
