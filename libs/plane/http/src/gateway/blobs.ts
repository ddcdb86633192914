import { FlotillaError } from '@flotilla/contracts';
import type { BlobStore } from '@flotilla/plane-catalogue';
import { Hono } from 'hono';
import type { GatewayEnv } from './gateway-env.ts';
import { parseRange } from './parse-range.ts';
import { readDigest } from './read-digest.ts';

/**
 * Blobs by digest, whole or in one range, as fast as the device reads them. A blob never changes, so its digest is its
 * ETag and an answer may be kept for ever.
 */
export const blobs = ({ blobs: store }: { blobs: BlobStore }) =>
  new Hono<GatewayEnv>().get('/:digest', async (c) => {
    const digest = readDigest(c.req.param('digest'));
    const size = await store.size(digest);
    if (size === undefined)
      throw new FlotillaError('not-found', `There is no blob ${digest}.`, { details: { about: digest } });

    const etag = `"${digest}"`;
    const headers = {
      etag,
      'accept-ranges': 'bytes',
      'cache-control': 'private, max-age=31536000, immutable',
      'content-type': 'application/octet-stream',
    };
    if (namesTag(c.req.header('if-none-match'), etag)) return c.body(null, 304, headers);

    const condition = c.req.header('if-range');
    const range = parseRange(
      condition === undefined || condition === etag ? c.req.header('range') : undefined,
      size,
    );
    if (range.kind === 'unsatisfiable') {
      return c.body(null, 416, { ...headers, 'content-range': `bytes */${size}` });
    }
    const { start, end } = range.kind === 'part' ? range : { start: 0, end: size };
    const status = range.kind === 'part' ? 206 : 200;
    const sized = {
      ...headers,
      'content-length': String(end - start),
      ...(range.kind === 'part' ? { 'content-range': `bytes ${start}-${end - 1}/${size}` } : {}),
    };
    // Before anything is opened: nobody would read the stream of a HEAD, nor close it.
    if (c.req.method === 'HEAD') return c.body(null, status, sized);
    return c.body(ReadableStream.from(await store.open({ digest, start, end })), status, sized);
  });

function namesTag(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').some((tag) => tag.trim() === etag || tag.trim() === '*');
}
