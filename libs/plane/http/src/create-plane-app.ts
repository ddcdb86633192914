import { FlotillaError, LIMITS } from '@flotilla/contracts';
import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { refuseForeignHost } from './allowed-host.ts';
import { authenticate } from './authenticate.ts';
import { consoleFiles } from './console-files.ts';
import type { PlaneEnv } from './env.ts';
import { openApiDocument } from './openapi-document.ts';
import { referencePage } from './pages/reference.ts';
import type { PlaneDeps } from './plane-deps.ts';
import { problemResponse, refusalOf } from './problem-response.ts';
import { routeLabel } from './route-label.ts';
import { accessTokens } from './routes/access-tokens.ts';
import { cost } from './routes/cost.ts';
import { devices } from './routes/devices.ts';
import { events } from './routes/events.ts';
import { imports } from './routes/imports.ts';
import { joinTokens } from './routes/join-tokens.ts';
import { models } from './routes/models.ts';
import { operations } from './routes/operations.ts';
import { overview } from './routes/overview.ts';
import { plans } from './routes/plans.ts';
import { hardwarePrices, tariffs } from './routes/prices.ts';
import { releases } from './routes/releases.ts';
import { rollouts } from './routes/rollouts.ts';
import { session } from './routes/session.ts';
import { signInByLink, signInLinks } from './routes/sign-in-links.ts';
import { createSignInLimit } from './sign-in-limit.ts';
import { unknownRoute } from './unknown-route.ts';
import { refuseInvalid } from './validation-problem.ts';

export const API_VERSION = '0.1.0';

/**
 * The people's API and the console's files as one value: nothing listens, nothing is read.
 *
 * Its inferred type is the contract of `@flotilla/api-client`, so it has no return annotation.
 */
export function createPlaneApp(deps: PlaneDeps) {
  const signInLimit = createSignInLimit({
    clock: deps.clock,
    onFailed: (by) => deps.metrics.signInFailed(by),
  });
  const auth = authenticate({ accessTokens: deps.accessTokens, signInLimit });
  const app = new OpenAPIHono<PlaneEnv>({ defaultHook: refuseInvalid });

  app.onError((error, c) => {
    const refusal = refusalOf(error);
    if (refusal.status >= 500 && !refusal.retryable) {
      deps.onInternalError({ error, requestId: c.var.requestId, method: c.req.method, path: c.req.path });
    }
    return problemResponse({ error: refusal, requestId: c.var.requestId });
  });
  app.notFound((c) =>
    problemResponse({
      error: unknownRoute(c.req),
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
      route: routeLabel(c),
      status: c.res.status,
      seconds: (deps.clock.monotonic() - started) / 1_000,
    });
  });
  app.use(securityHeaders);
  app.use(refuseForeignHost(deps.allowedHosts ?? []));
  app.use('/v1/*', async (c, next) => {
    await next();
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
  });
  app.use('/v1/*', auth);
  app.use('/metrics', auth);
  app.use('/v1/*', limitBody);

  const routes = app
    .route('/', operations(deps))
    .route('/sign-in', signInByLink({ ...deps, signInLimit }))
    .route('/v1/session', session({ ...deps, signInLimit }))
    .route('/v1/sign-in-links', signInLinks(deps))
    .route('/v1/overview', overview(deps))
    .route('/v1/devices', devices(deps))
    .route('/v1/join-tokens', joinTokens(deps))
    .route('/v1/models', models(deps))
    .route('/v1/imports', imports(deps))
    .route('/v1/releases', releases(deps))
    .route('/v1/plans', plans(deps))
    .route('/v1/rollouts', rollouts(deps))
    .route('/v1/cost', cost(deps))
    .route('/v1/tariffs', tariffs(deps))
    .route('/v1/hardware-prices', hardwarePrices(deps))
    .route('/v1/access-tokens', accessTokens(deps))
    .route('/v1/events', events(deps));

  app.get('/openapi.json', (c) => c.json(openApiDocument({ app, version: API_VERSION })));
  app.get('/reference', (c) => c.html(referencePage(openApiDocument({ app, version: API_VERSION }))));
  app.route('/', consoleFiles({ folder: deps.consoleFolder }));
  return routes;
}

export type PlaneApp = ReturnType<typeof createPlaneApp>;

/** Scripts and requests of our own origin only. Component libraries write style attributes, hence inline styles. */
const securityHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'self'"],
    baseUri: ["'none'"],
    connectSrc: ["'self'"],
    fontSrc: ["'self'", 'data:'],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
  },
  xFrameOptions: 'DENY',
  referrerPolicy: 'no-referrer',
  // The server speaks plain HTTP on loopback by default; who puts TLS before it adds HSTS there.
  strictTransportSecurity: false,
  permissionsPolicy: { camera: [], microphone: [], geolocation: [] },
});

const limit = bodyLimit({
  maxSize: LIMITS.requestBodyBytes,
  onError: () => {
    throw new FlotillaError('too-large', `A request body may have ${LIMITS.requestBodyBytes} bytes.`, {
      details: { fix: 'Send a file by PUT /v1/imports/{importId}/file, which takes any size.' },
    });
  },
});

/** A model file is the one body without a limit; it goes to disk as it comes. */
const limitBody: typeof limit = (c, next) =>
  c.req.method === 'PUT' && c.req.path.startsWith('/v1/imports/') ? next() : limit(c, next);
