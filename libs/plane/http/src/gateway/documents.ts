import { Hono } from 'hono';
import type { GatewayDeps } from './gateway-deps.ts';
import type { GatewayEnv } from './gateway-env.ts';
import { readDigest } from './read-digest.ts';

const LASTING = 'private, max-age=31536000, immutable';

/** What a device must read besides MQTT: the same desired document, and everything too large for a message. */
export const documents = ({ registry, releases, catalogue, keys, signDesired }: GatewayDeps) =>
  new Hono<GatewayEnv>()
    .get('/desired', async (c) => {
      const desired = await registry.getDesired(c.var.deviceId);
      if (desired === undefined) return c.body(null, 204);
      return c.json(await signDesired(desired), 200, { 'cache-control': 'no-store' });
    })
    .get('/releases/:digest', async (c) => {
      const digest = readDigest(c.req.param('digest'));
      return c.json(await releases.getSigned(digest), 200, { 'cache-control': LASTING, etag: `"${digest}"` });
    })
    .get('/manifests/:digest', async (c) => {
      const digest = readDigest(c.req.param('digest'));
      const bytes = await catalogue.getManifest(digest);
      return c.body(new Uint8Array(bytes), 200, {
        'content-type': 'application/json',
        'cache-control': LASTING,
        etag: `"${digest}"`,
      });
    })
    .get('/keys', (c) => c.json(keys.documents(), 200, { 'cache-control': 'no-store' }));
