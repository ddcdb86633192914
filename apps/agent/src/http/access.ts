import { FlotillaError } from '@flotilla/contracts';
import { createMiddleware } from 'hono/factory';
import { findApiKey, type StoredApiKey } from './api-keys.ts';
import type { BoxEnv } from './deps.ts';

/** Who may call the box. */
export interface BoxAccess {
  /** `loopback`: only programs of this box can reach it, no key is asked for. `network`: every call needs a key. */
  bind: 'loopback' | 'network';
  /** Host names beside loopback's own under which the box may be called, such as `box-7.shop.lan`. */
  hosts: readonly string[];
  keys: readonly StoredApiKey[];
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
 * to a network may be called by any address of it.
 */
export function checkHostAndOrigin(access: BoxAccess) {
  const named = new Set(access.hosts.map((host) => host.toLowerCase()));
  const isOurs = (host: string): boolean =>
    LOOPBACK_NAME.test(host) || named.has(host) || (access.bind === 'network' && IP_LITERAL.test(host));
  return createMiddleware<BoxEnv>(async (c, next) => {
    const host = hostName(c.req.header('host') ?? new URL(c.req.url).host);
    if (host === undefined || !isOurs(host)) throw refused('Host', c.req.header('host') ?? '');
    const origin = c.req.header('origin');
    if (origin !== undefined) {
      const from = originHost(origin);
      if (from === undefined || !isOurs(from)) throw refused('Origin', origin);
    }
    await next();
  });
}

/** Asks for a key where the box is bound to a network; names the caller for the queue. */
export function requireKey(access: BoxAccess) {
  return createMiddleware<BoxEnv>(async (c, next) => {
    if (access.bind === 'loopback' || OPEN_PATHS.has(c.req.path)) {
      c.set('caller', 'local');
    } else {
      const given = bearer(c.req.header('authorization')) ?? c.req.header('x-api-key');
      const key = given === undefined ? undefined : findApiKey(access.keys, given);
      if (key === undefined) {
        throw new FlotillaError(
          'unauthenticated',
          given === undefined
            ? 'An API key is needed: send `Authorization: Bearer KEY`.'
            : 'The API key is not known.',
        );
      }
      c.set('caller', key.id);
    }
    await next();
  });
}

function refused(header: string, value: string): FlotillaError {
  return new FlotillaError(
    'host-not-allowed',
    `The ${header} \`${value.slice(0, 200)}\` may not call this box.`,
    {
      details: { about: header, fix: 'Add the host name to the hosts in the agent’s configuration.' },
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
