import { FlotillaError, ImportModelRequest, Variant } from '@flotilla/contracts';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { PlaneEnv } from '../env.ts';
import type { PlaneDeps } from '../plane-deps.ts';
import { body, id, json } from '../route-parts.ts';

const announceImport = createRoute({
  method: 'post',
  path: '/',
  summary: 'Announces a GGUF file; the file follows within the hour',
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
    200: json(Variant, 'The catalogue held exactly this before; nothing changed.'),
    201: json(Variant, 'The variant as it stands in the catalogue.'),
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
      const { variant, isNew } = await catalogue.importFile({ source, origin: 'imported', ...request });
      return isNew ? c.json(variant, 201) : c.json(variant, 200);
    });
