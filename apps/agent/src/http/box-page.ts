import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FlotillaError } from '@flotilla/contracts';
import { Hono } from 'hono';
import { accepts } from 'hono/accepts';
import type { BoxEnv } from './deps.ts';

/** The page as it lies beside the program: plain files, the same from source and when built. */
const FOLDER = new URL('../../ui/', import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
  ...Object.fromEntries(
    [
      'page',
      'box',
      'box-client',
      'chat',
      'degraded',
      'element',
      'event-data',
      'format',
      'holds',
      'local-models',
      'scheme',
      'services',
    ].map((name) => [`${name}.js`, 'text/javascript; charset=utf-8']),
  ),
};

/** Only what this box serves itself: no other origin, nothing inline, in nobody's frame. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
};

/**
 * `GET /` and `GET /ui`: the page for the person at the box.
 *
 * It says nothing by itself and asks for no key: what it shows it reads from the API, with the key that the person
 * gives it where one is needed. Whoever does not prefer HTML gets the words that Ollama's clients look for.
 */
export function boxPage() {
  return new Hono<BoxEnv>()
    .get('/', async (c) => {
      const wanted = accepts(c, {
        header: 'Accept',
        supports: ['text/html', 'text/plain'],
        default: 'text/plain',
      });
      return wanted === 'text/html' ? file('index.html') : c.text('Ollama is running', 200);
    })
    .get('/ui', () => file('index.html'))
    .get('/ui/:name', (c) => file(c.req.param('name')));
}

async function file(name: string): Promise<Response> {
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  if (type === undefined)
    throw new FlotillaError('not-found', 'The page has no such file.', { details: { about: 'ui' } });
  const bytes = await readFile(fileURLToPath(new URL(name, FOLDER)));
  return new Response(bytes, { headers: { ...HEADERS, 'content-type': type } });
}
