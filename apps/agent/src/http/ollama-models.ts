import {
  parseShow,
  psAnswer,
  showAnswer,
  tagsAnswer,
  versionAnswer,
  type OllamaEngine,
  type OllamaModel,
} from '@flotilla/agent-ollama';
import type { EngineInfo, ServedService } from '@flotilla/agent-serving';
import { FlotillaError } from '@flotilla/contracts';
import { Hono } from 'hono';
import { ownModelOf } from '../local/local-model.ts';
import type { LocalModels } from '../local/local-models.ts';
import type { BoxApiDeps, BoxEnv } from './deps.ts';
import { readJsonBody } from './json-body.ts';
import { servedByName } from './served-by-name.ts';

/** What Ollama's clients ask about models: the fleet's, and those that were made here. */
export function ollamaModels({ services, localModels }: Pick<BoxApiDeps, 'services' | 'localModels'>) {
  const modelOf = (served: ServedService): OllamaModel[] => modelsOf(served, localModels);
  const all = (): OllamaModel[] => services.served().flatMap(modelOf);
  return new Hono<BoxEnv>()
    .get('/version', (c) => c.json(versionAnswer(), 200))
    .get('/tags', (c) => c.json(tagsAnswer(all()), 200))
    .get('/ps', (c) => c.json(psAnswer(all().filter(({ isBase }) => isBase !== true)), 200))
    .post('/show', async (c) => {
      const parsed = parseShow(await readJsonBody(c.req.raw));
      if (!parsed.ok) throw parsed.error;
      const served = servedByName(services, parsed.model);
      const models = served === undefined ? [] : modelOf(served);
      const model = models.find(({ service }) => service === parsed.model) ?? models[0];
      if (model === undefined) throw notFound(parsed.model, all());
      return c.json(showAnswer(model), 200);
    });
}

function notFound(model: string, models: readonly OllamaModel[]): FlotillaError {
  const served = models.map(({ service }) => service);
  return new FlotillaError(
    'not-found',
    `No service \`${model}\` is on this box; it serves: ${served.join(', ') || 'nothing yet'}.`,
    { details: { field: 'model', about: model, served } },
  );
}

function modelsOf(
  { service, since, deployment }: ServedService,
  localModels: LocalModels | undefined,
): OllamaModel[] {
  if (deployment === undefined) return [];
  const made = deployment.isLocal ? localModels?.find(service) : undefined;
  const { variant, variantDigest: digest, contextTokens, unloadsAt, adapter, engine } = deployment;
  const model = {
    service,
    since: made === undefined ? since : Math.floor(made.madeAt / 1_000),
    variant,
    digest,
    contextTokens,
    ...(unloadsAt === undefined ? {} : { unloadsAt }),
    ...(engine === undefined ? {} : { engine: engineOf(engine) }),
    ...(made === undefined ? {} : { own: ownModelOf(made) }),
  };
  if (adapter === undefined) return [model];
  return [
    { ...model, adapter: adapter.name },
    { ...model, service: `${service}@base`, isBase: true },
  ];
}

function engineOf(info: EngineInfo): OllamaEngine {
  return { ...info, hasVectors: info.pooling !== 'none' && info.pooling !== 'rank' };
}
