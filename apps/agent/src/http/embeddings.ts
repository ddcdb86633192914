import { embeddingList, parseEmbeddingRequest, refusedDimensions } from '@flotilla/agent-openai';
import { Hono } from 'hono';
import { callerOf } from './caller-of.ts';
import { deadlineOf } from './deadline.ts';
import type { BoxApiDeps, BoxEnv } from './deps.ts';
import { readJsonBody } from './json-body.ts';
import { tellPlace } from './queue-place.ts';

/** `POST /v1/embeddings` */
export const embeddings = ({ services }: Pick<BoxApiDeps, 'services'>) =>
  new Hono<BoxEnv>().post('/', async (c) => {
    const parsed = parseEmbeddingRequest(await readJsonBody(c.req.raw));
    if (!parsed.ok) throw parsed.error;
    const { model, inputs, encoding, dimensions, timeoutMs } = parsed.call;
    const { vectors, tokens, service, queuePosition } = await services.embed({
      model,
      inputs,
      ...callerOf(c),
      signal: c.req.raw.signal,
      deadlineMs: deadlineOf(c.req.raw.headers, timeoutMs),
    });
    tellPlace(c, [{ queuePosition }]);
    const refusal = refusedDimensions(dimensions, vectors[0]?.length ?? 0);
    if (refusal !== undefined) throw refusal;
    return c.json(embeddingList({ model: service, vectors, tokens, encoding }), 200);
  });
