import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
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
  const built = () => folder !== undefined && existsSync(join(folder, 'index.html'));
  if (folder !== undefined && existsSync(folder)) {
    app.use('*', async (c, next) => {
      await next();
      if (c.res.status === 200 || c.res.status === 206) {
        const lasting = /\/assets\/.+-[\w-]{8,}\.\w+$/.test(c.req.path);
        c.res.headers.set('cache-control', lasting ? 'public, max-age=31536000, immutable' : 'no-cache');
      }
    });
    app.get('*', serveStatic({ root: folder }));
    app.get('*', async (c, next) => {
      // A missing script must be a 404: answered with a page, the browser would report something else entirely.
      if (!built() || /\.[a-z0-9]{1,8}$/i.test(c.req.path)) return next();
      return serveStatic<PlaneEnv>({ root: folder, path: 'index.html' })(c, next);
    });
  }
  app.get('*', (c, next) => {
    if (built() || /\.[a-z0-9]{1,8}$/i.test(c.req.path)) return next();
    return c.html(consoleMissingPage(), 200, { 'cache-control': 'no-store' });
  });
  return app;
}
