import { parseRerankRequest, rerankResult } from '@flotilla/agent-openai';
import { Hono } from 'hono';
import { callerOf } from './caller-of.ts';
import { deadlineOf } from './deadline.ts';
import type { BoxApiDeps, BoxEnv } from './deps.ts';
import { readJsonBody } from './json-body.ts';
import { tellPlace } from './queue-place.ts';

/** `POST /v1/rerank`, in Jina's shape. */
export const rerank = ({ services }: Pick<BoxApiDeps, 'services'>) =>
  new Hono<BoxEnv>().post('/', async (c) => {
    const parsed = parseRerankRequest(await readJsonBody(c.req.raw));
    if (!parsed.ok) throw parsed.error;
    const { call } = parsed;
    const { scores, tokens, service, queuePosition } = await services.rank({
      model: call.model,
      query: call.query,
      documents: call.documents,
      ...callerOf(c),
      signal: c.req.raw.signal,
      deadlineMs: deadlineOf(c.req.raw.headers, call.timeoutMs),
    });
    tellPlace(c, [{ queuePosition }]);
    return c.json(rerankResult({ call, model: service, scores, tokens }), 200);
  });
