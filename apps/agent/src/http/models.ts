import { anthropicModel, anthropicModelPage, type ListedModel } from '@flotilla/agent-anthropic';
import { wireModel, wireModelList, type ModelAbilities, type ServedModel } from '@flotilla/agent-openai';
import type { EngineInfo } from '@flotilla/agent-serving';
import { FlotillaError } from '@flotilla/contracts';
import { Hono } from 'hono';
import type { BoxApiDeps, BoxEnv } from './deps.ts';
import { servedByName } from './served-by-name.ts';
import { wireOf } from './wire.ts';

/** `GET /v1/models`, `GET /v1/models/{service}`, for OpenAI's clients and for Anthropic's, who look for `request-id`. */
export const models = ({ services }: Pick<BoxApiDeps, 'services'>) =>
  new Hono<BoxEnv>()
    .get('/', (c) => {
      const served = servedModels(services);
      if (wireOf({ path: c.req.path, headers: c.req.raw.headers }) === 'openai')
        return c.json(wireModelList(served), 200);
      const listed = anthropicModelPage(served.map(listedModel), c.req.query());
      if (!listed.ok) throw listed.error;
      c.header('request-id', c.get('requestId'));
      return c.json(listed.page, 200);
    })
    .get('/:model', (c) => {
      const name = c.req.param('model');
      const served = servedModels(services);
      const found =
        served.find(({ service }) => service === name) ??
        served.find(({ service }) => service === servedByName(services, name)?.service);
      if (found === undefined) {
        const names = served.map((model) => model.service);
        throw new FlotillaError(
          'not-found',
          `No service \`${name}\` is on this box; it serves: ${names.join(', ') || 'nothing yet'}.`,
          {
            details: { field: 'model', about: name, served: names },
          },
        );
      }
      if (wireOf({ path: c.req.path, headers: c.req.raw.headers }) === 'openai')
        return c.json(wireModel(found), 200);
      c.header('request-id', c.get('requestId'));
      return c.json(anthropicModel(listedModel(found)), 200);
    });

function listedModel({ service, created, contextTokens, abilities }: ServedModel): ListedModel {
  const { thinking = false, reasoningEffort: effort = false } = abilities ?? {};
  return { service, created, contextTokens, thinking, effort };
}

function servedModels(services: BoxApiDeps['services']): ServedModel[] {
  return services.served().flatMap(({ service, since, deployment }) => {
    if (deployment === undefined) return [];
    const { variant, variantDigest, contextTokens, adapter, engine } = deployment;
    const base = { service, created: since, variant, variantDigest, contextTokens, ...abilitiesOf(engine) };
    return adapter === undefined
      ? [base]
      : [
          { ...base, adapter },
          { ...base, service: `${service}@base` },
        ];
  });
}

function abilitiesOf(engine: EngineInfo | undefined): { abilities?: ModelAbilities } {
  if (engine === undefined) return {};
  return {
    abilities: {
      tools: engine.supportsTools,
      thinking: engine.supportsThinking,
      reasoningEffort: engine.supportsReasoningEffort,
      pooling: engine.pooling,
      embeddingLength: engine.embeddingLength,
      isReranker: engine.isReranker,
    },
  };
}
