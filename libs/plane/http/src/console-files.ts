import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono, type MiddlewareHandler } from 'hono';
import type { PlaneEnv } from './env.ts';
import { consoleMissingPage } from './pages/console-missing.ts';

/**
 * The built console: its files, and `index.html` for every other address, since the console has its own routes.
 * A file whose name carries a hash may be kept for ever; `index.html` names those and must be asked for again.
 *
 * Without a built console, one plain page says how to build it. The folder is looked up at each request, so that a build
 * shows without a restart.
 */
export function consoleFiles({ folder }: { folder: string | undefined }): Hono<PlaneEnv> {
  const app = new Hono<PlaneEnv>();
  const isBuilt = () => folder !== undefined && existsSync(join(folder, 'index.html'));
  // Made at first use: it complains about a folder that is not there yet.
  const whenBuilt = (make: (root: string) => MiddlewareHandler<PlaneEnv>): MiddlewareHandler<PlaneEnv> => {
    let handler: MiddlewareHandler<PlaneEnv> | undefined;
    return (c, next) => {
      if (folder === undefined || !isBuilt()) return next();
      handler ??= make(folder);
      return handler(c, next);
    };
  };
  app.use('*', async (c, next) => {
    await next();
    if (!isBuilt() || (c.res.status !== 200 && c.res.status !== 206)) return;
    const lasting = /\/assets\/.+-[\w-]{8,}\.\w+$/.test(c.req.path);
    c.res.headers.set('cache-control', lasting ? 'public, max-age=31536000, immutable' : 'no-cache');
  });
  const file = whenBuilt((root) => serveStatic<PlaneEnv>({ root }));
  const page = whenBuilt((root) => serveStatic<PlaneEnv>({ root, path: 'index.html' }));
  app.get('*', file);
  // A missing script must be a 404: answered with a page, the browser would report something else entirely.
  app.get('*', (c, next) => (isFileName(c.req.path) ? next() : page(c, next)));
  app.get('*', (c, next) => {
    if (isBuilt() || isFileName(c.req.path)) return next();
    return c.html(consoleMissingPage(), 200, { 'cache-control': 'no-store' });
  });
  return app;
}

function isFileName(path: string): boolean {
  return /\.[a-z0-9]{1,8}$/i.test(path);
}
