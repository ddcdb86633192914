import { Adapter, FlotillaError, ImportModelRequest, Variant } from '@flotilla/contracts';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { PlaneEnv } from '../env.ts';
import type { PlaneDeps } from '../plane-deps.ts';
import { body, id, json } from '../route-parts.ts';

const announceImport = createRoute({
  method: 'post',
  path: '/',
  summary: 'Announces a GGUF file, of a variant or an adapter; the file follows within the hour',
  request: { body: body(ImportModelRequest) },
  responses: { 201: json(z.object({ id: z.string() }), 'Where to put the file.') },
});
const putFile = createRoute({
  method: 'put',
  path: '/{importId}/file',
  summary: 'The file itself, of any size, as the body',
  request: {
    params: z.object({ importId: id('The announced import.') }),
    body: {
      required: true,
      content: { 'application/octet-stream': { schema: { type: 'string' as const, format: 'binary' } } },
    },
  },
  responses: {
    200: json(z.union([Variant, Adapter]), 'The catalogue held exactly this before; nothing changed.'),
    201: json(z.union([Variant, Adapter]), 'The variant or the adapter as it stands in the catalogue.'),
  },
});

export const imports = ({ imports: pending, catalogue }: Pick<PlaneDeps, 'imports' | 'catalogue'>) =>
  new OpenAPIHono<PlaneEnv>()
    .openapi(announceImport, (c) => c.json({ id: pending.announce(c.req.valid('json')) }, 201))
    .openapi(putFile, async (c) => {
      const request = pending.take(c.req.valid('param').importId);
      if (request === undefined) {
        throw new FlotillaError(
          'not-found',
          'There is no such import, or it was announced more than an hour ago.',
          {
            details: { fix: 'Announce it again with POST /v1/imports.' },
          },
        );
      }
      const source = c.req.raw.body;
      if (source === null) {
        throw new FlotillaError('invalid-input', 'The body is empty.', {
          details: { field: 'body', fix: 'Send the GGUF file as the body.' },
        });
      }
      const { file, isNew } = await importAnnounced({ catalogue, request, source });
      return isNew ? c.json(file, 201) : c.json(file, 200);
    });

async function importAnnounced({
  catalogue,
  request: { variant = '', adapter, ...rest },
  source,
}: Pick<PlaneDeps, 'catalogue'> & {
  request: ImportModelRequest;
  source: ReadableStream<Uint8Array>;
}): Promise<{ file: Variant | Adapter; isNew: boolean }> {
  if (adapter !== undefined) {
    const made = await catalogue.importAdapter({ ...rest, source, adapter });
    return { file: made.adapter, isNew: made.isNew };
  }
  const made = await catalogue.importFile({ ...rest, source, variant, origin: 'imported' });
  return { file: made.variant, isNew: made.isNew };
}
