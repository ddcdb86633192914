import {
  embedAnswer,
  embeddingsAnswer,
  parseEmbed,
  parseEmbeddings,
  type OllamaEmbedCall,
} from '@flotilla/agent-ollama';
import { refusedDimensions } from '@flotilla/agent-openai';
import type { Embeddings, ServedBy, ServiceCall } from '@flotilla/agent-serving';
import { FlotillaError, isFlotillaError } from '@flotilla/contracts';
import { Hono, type Context } from 'hono';
import { callerOf } from './caller-of.ts';
import { deadlineOf } from './deadline.ts';
import type { BoxApiDeps, BoxEnv } from './deps.ts';
import { readJsonBody } from './json-body.ts';
import { loadOrUnload } from './load-or-unload.ts';
import { servedByName } from './served-by-name.ts';

type EmbedDeps = Pick<BoxApiDeps, 'services' | 'now'>;
type Embedded = Pick<Embeddings & ServedBy, 'vectors' | 'tokens' | 'service'>;

/** `POST /api/embed` and, for older clients, `POST /api/embeddings`. */
export function ollamaEmbeddings({ services, now = Date.now }: EmbedDeps) {
  return new Hono<BoxEnv>()
    .post('/embed', async (c) => {
      const startedAt = now();
      const parsed = parseEmbed(await readJsonBody(c.req.raw));
      if (!parsed.ok) throw parsed.error;
      const { vectors, tokens, service } = await embed(services, parsed.call, c);
      return c.json(embedAnswer({ model: service, vectors, tokens, totalMs: now() - startedAt }), 200);
    })
    .post('/embeddings', async (c) => {
      const parsed = parseEmbeddings(await readJsonBody(c.req.raw));
      if (!parsed.ok) throw parsed.error;
      const { vectors } = await embed(services, parsed.call, c);
      return c.json(embeddingsAnswer(vectors[0]), 200);
    });
}

async function embed(
  services: EmbedDeps['services'],
  { model, inputs, truncate, dimensions, keepForMs }: OllamaEmbedCall,
  c: Context<BoxEnv>,
): Promise<Embedded> {
  const { signal, headers } = c.req.raw;
  const deadlineMs = deadlineOf(headers);
  const call: ServiceCall = { ...callerOf(c), model, signal, deadlineMs, keepForMs };
  if (inputs.length === 0) {
    await loadOrUnload(services, { model, signal, keepForMs });
    return { vectors: [], tokens: 0, service: servedByName(services, model)?.service ?? model };
  }
  const embedded = await services.embed({ ...call, inputs }).catch((error: unknown) => {
    const contextTokens = isFlotillaError(error) && error.details['contextTokens'];
    if (!truncate || typeof contextTokens !== 'number') throw error;
    return embedCut(services, { ...call, inputs }, contextTokens);
  });
  const refusal = refusedDimensions(dimensions, embedded.vectors[0]?.length ?? 0);
  if (refusal !== undefined) throw refusal;
  return embedded;
}

/** Places of the context that no text may take: a begin and an end mark, and the one that is never filled. */
const KEPT_FREE = 3;

/** Cuts what is too long at its end: only known to be needed once the model has refused it. */
async function embedCut(
  services: EmbedDeps['services'],
  { inputs, ...call }: ServiceCall & { inputs: readonly string[] },
  contextTokens: number,
): Promise<Embedded> {
  const tokens = await Promise.all(
    inputs.map((text) => services.tokenize({ model: call.model, signal: call.signal, text })),
  );
  const cut = tokens.map((input) => input.slice(0, contextTokens - KEPT_FREE));
  if (cut.some((input) => input.length === 0))
    throw new FlotillaError('invalid-input', '`input`: a text without a token has no vector.', {
      details: { field: 'input' },
    });
  return services.embed({ ...call, inputs: cut });
}
