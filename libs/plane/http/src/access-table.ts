import type { Role } from '@flotilla/contracts';

/** `anyone` needs no sign-in at all. */
export type Access = Role | 'anyone';

/**
 * Who may call what, in one place. A route that is not here answers nobody; a test holds this table and the routes equal.
 *
 * viewer reads; operator also labels, commands, plans, rolls out, releases and imports; admin also handles tokens,
 * revocation and prices.
 */
export const ACCESS = {
  'GET /healthz': 'anyone',
  'GET /readyz': 'anyone',
  'GET /openapi.json': 'anyone',
  'GET /reference': 'anyone',
  'GET /sign-in/{code}': 'anyone',
  'GET /metrics': 'viewer',

  'POST /v1/session': 'anyone',
  'GET /v1/session': 'viewer',
  'DELETE /v1/session': 'viewer',
  'POST /v1/sign-in-links': 'viewer',

  'GET /v1/overview': 'viewer',
  'GET /v1/devices': 'viewer',
  'GET /v1/devices/{deviceId}': 'viewer',
  'PATCH /v1/devices/{deviceId}': 'operator',
  'DELETE /v1/devices/{deviceId}': 'admin',
  'GET /v1/devices/{deviceId}/series': 'viewer',
  'GET /v1/devices/{deviceId}/events': 'viewer',
  'POST /v1/devices/{deviceId}/commands': 'operator',

  'GET /v1/join-tokens': 'viewer',
  'POST /v1/join-tokens': 'admin',
  'DELETE /v1/join-tokens/{tokenId}': 'admin',

  'GET /v1/models': 'viewer',
  'GET /v1/models/{modelId}': 'viewer',
  'POST /v1/imports': 'operator',
  'PUT /v1/imports/{importId}/file': 'operator',

  'GET /v1/releases': 'viewer',
  'POST /v1/releases': 'operator',
  'GET /v1/releases/{ref}': 'viewer',
  'POST /v1/plans': 'operator',

  'GET /v1/rollouts': 'viewer',
  'POST /v1/rollouts': 'operator',
  'GET /v1/rollouts/{rolloutId}': 'viewer',
  'GET /v1/rollouts/{rolloutId}/devices': 'viewer',
  'GET /v1/rollouts/{rolloutId}/decisions': 'viewer',
  'POST /v1/rollouts/{rolloutId}/{action}': 'operator',

  'GET /v1/cost': 'viewer',
  'GET /v1/tariffs': 'viewer',
  'POST /v1/tariffs': 'admin',
  'GET /v1/hardware-prices': 'viewer',
  'POST /v1/hardware-prices': 'admin',

  'GET /v1/access-tokens': 'admin',
  'POST /v1/access-tokens': 'admin',
  'DELETE /v1/access-tokens/{tokenId}': 'admin',

  'GET /v1/events': 'viewer',
  'GET /v1/events/stream': 'viewer',
} as const satisfies Record<string, Access>;

const RANK: Record<Access, number> = { anyone: 0, viewer: 1, operator: 2, admin: 3 };

const RULES = Object.entries(ACCESS).map(([key, access]) => {
  const [method = '', path = ''] = key.split(' ');
  return {
    method,
    pattern: new RegExp(`^${path.replaceAll(/\{[a-zA-Z]+\}/g, '[^/]+').replaceAll('.', '\\.')}$`),
    access,
  };
});

/** Who may call this, or undefined where there is no such route. HEAD counts as GET. */
export function accessOf({ method, path }: { method: string; path: string }): Access | undefined {
  const asked = method === 'HEAD' ? 'GET' : method;
  return RULES.find((rule) => rule.method === asked && rule.pattern.test(path))?.access;
}

export function mayCall({ role, access }: { role: Role; access: Access }): boolean {
  return RANK[role] >= RANK[access];
}
