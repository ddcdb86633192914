import { FlotillaError } from '@flotilla/contracts';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { requestId } from 'hono/request-id';
import { blobs } from './gateway/blobs.ts';
import { requireDevice } from './gateway/device-certificate.ts';
import { documents } from './gateway/documents.ts';
import type { GatewayDeps } from './gateway/gateway-deps.ts';
import type { GatewayEnv } from './gateway/gateway-env.ts';
import { join } from './gateway/join.ts';
import { problemResponse, refusalOf } from './problem-response.ts';
import { routeLabel } from './route-label.ts';

/** A join with full hardware facts stays far below. */
const MOST_BYTES = 256 * 1024;

/**
 * The device gateway as one value. Its server must ask for a client certificate and refuse nobody at the handshake
 * (`requestCert: true, rejectUnauthorized: false`): joining needs none, everything else checks it per request.
 */
export function createGatewayApp(deps: GatewayDeps): Hono<GatewayEnv> {
  const app = new Hono<GatewayEnv>();
  app.onError((error, c) => {
    const refusal = refusalOf(error);
    if (refusal.status >= 500 && !refusal.retryable) {
      deps.onInternalError({ error, requestId: c.var.requestId, method: c.req.method, path: c.req.path });
    }
    return problemResponse({ error: refusal, requestId: c.var.requestId });
  });
  app.notFound((c) =>
    problemResponse({
      error: new FlotillaError('not-found', `The device gateway has no ${c.req.method} ${c.req.path}.`),
      requestId: c.var.requestId,
    }),
  );
  app.use(requestId());
  app.use(async (c, next) => {
    const started = deps.clock.monotonic();
    await next();
    c.res.headers.set('x-request-id', c.var.requestId);
    deps.metrics.httpRequest({
      method: c.req.method,
      route: `gateway ${routeLabel(c)}`,
      status: c.res.status,
      seconds: (deps.clock.monotonic() - started) / 1_000,
    });
  });
  app.use(
    bodyLimit({
      maxSize: MOST_BYTES,
      onError: () => {
        throw new FlotillaError('too-large', `A document for the gateway may have ${MOST_BYTES} bytes.`);
      },
    }),
  );
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  // For brokers of others; whoever reads it learns serial numbers only.
  app.get('/v1/crl', (c) =>
    c.body(deps.revocationList(), 200, {
      'content-type': 'application/x-pem-file',
      'cache-control': 'no-store',
    }),
  );
  const device = requireDevice(deps);
  for (const path of ['/v1/desired', '/v1/releases/*', '/v1/manifests/*', '/v1/blobs/*', '/v1/keys']) {
    app.use(path, device);
  }
  app.route('/v1', join(deps));
  app.route('/v1', documents(deps));
  app.route('/v1/blobs', blobs(deps));
  return app;
}
