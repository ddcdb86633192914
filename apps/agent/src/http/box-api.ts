import { FlotillaError, toFlotillaError } from '@flotilla/contracts';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { requestId as nameRequests } from 'hono/request-id';
import { checkHostAndOrigin, requireKey } from './access.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import { boxPage } from './box-page.ts';
import { chatCompletions } from './chat-completions.ts';
import { completions } from './completions.ts';
import type { BoxApiDeps, BoxEnv } from './deps.ts';
import { embeddings } from './embeddings.ts';
import { errorResponse } from './error-response.ts';
import { withFieldOfRoute } from './field-of-route.ts';
import { createGrammarCompiler } from './grammar-compiler.ts';
import { healthz, readyz } from './health.ts';
import { metrics } from './metrics.ts';
import { models } from './models.ts';
import { ollamaAnswers } from './ollama-answers.ts';
import { ollamaEmbeddings } from './ollama-embeddings.ts';
import { ollamaBlobs, ollamaLocal } from './ollama-local.ts';
import { ollamaModels } from './ollama-models.ts';
import { applyTemplate, detokenize, tokenize } from './prompt-tools.ts';
import { rerank } from './rerank.ts';
import { responses } from './responses.ts';
import { status } from './status.ts';
import { unknownRoute } from './unknown-route.ts';
import { wireOf } from './wire.ts';

const MAX_BODY_BYTES = 8 * 1024 * 1024;

/**
 * The box's own API, as a value: it listens on nothing and owns nothing.
 *
 * Throws `invalid-config` for a network bind without a key: such a box would serve anyone.
 */
export function createBoxApi(deps: BoxApiDeps) {
  const { access, maxBodyBytes = MAX_BODY_BYTES, onError, grammars = createGrammarCompiler() } = deps;
  if (access.bind === 'network' && access.keys.length === 0) {
    throw new FlotillaError('invalid-config', 'A bind other than loopback needs at least one API key.', {
      details: { field: 'keys', fix: 'Add a key, or bind to 127.0.0.1.' },
    });
  }
  // A slash behind a path is taken as not there: clients put base addresses together with one too many.
  const app = new Hono<BoxEnv>({ strict: false });
  app.onError((thrown, c) => {
    const { method, path } = c.req;
    const error = withFieldOfRoute(toFlotillaError(thrown), path);
    const requestId = c.get('requestId');
    onError?.(error, { requestId, method, path });
    return errorResponse(error, { wire: wireOf({ path, headers: c.req.raw.headers }), requestId });
  });
  app.notFound((c) => {
    throw unknownRoute(app, c.req);
  });
  return app
    .use(nameRequests())
    .use(checkHostAndOrigin(access))
    .route('/', boxPage())
    .use(requireKey(access))
    .route('/api/blobs', ollamaBlobs(deps)) // ahead of the limit: a model is larger than any request
    .use(
      bodyLimit({
        maxSize: maxBodyBytes,
        onError: () => {
          throw new FlotillaError('too-large', `The body is over the limit of ${maxBodyBytes} bytes.`, {
            details: { field: 'body' },
          });
        },
      }),
    )
    .route('/v1/chat/completions', chatCompletions({ ...deps, grammars }))
    .route('/v1/completions', completions({ ...deps, grammars }))
    .route('/v1/responses', responses({ ...deps, grammars }))
    .route('/v1/embeddings', embeddings(deps))
    .route('/v1/rerank', rerank(deps))
    .route('/rerank', rerank(deps))
    .route('/v1/messages', anthropicMessages({ ...deps, grammars }))
    .route('/v1/models', models(deps))
    .route('/api', ollamaAnswers({ ...deps, grammars }))
    .route('/api', ollamaEmbeddings(deps))
    .route('/api', ollamaModels(deps))
    .route('/api', ollamaLocal(deps))
    .route('/tokenize', tokenize(deps))
    .route('/detokenize', detokenize(deps))
    .route('/apply-template', applyTemplate(deps))
    .route('/healthz', healthz())
    .route('/readyz', readyz(deps))
    .route('/metrics', metrics(deps))
    .route('/flotilla/v1/status', status(deps));
}
