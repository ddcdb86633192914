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
import type { BoxApiDeps, BoxEnv } from './deps.ts';
import { readJsonBody } from './json-body.ts';
import { servedByName } from './served-by-name.ts';

/** What Ollama's clients ask about models; what they would change is the fleet's to change. */
export function ollamaModels({ services }: Pick<BoxApiDeps, 'services'>) {
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
    })
    .on('POST', ['/pull', '/push', '/create', '/copy', '/blobs/:digest'], managed)
    .get('/blobs/:digest', managed) // and HEAD, which Ollama's clients send
    .delete('/delete', managed);
}

function managed(): never {
  throw new FlotillaError('forbidden', 'Models are managed by the fleet: this box takes none from here.', {
    details: { fix: 'Roll a release out from the control plane.' },
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

function modelOf({ service, since, deployment }: ServedService): OllamaModel[] {
  if (deployment === undefined) return [];
  const { variant, variantDigest: digest, contextTokens, unloadsAt, adapter, engine } = deployment;
  const model = {
    service,
    since,
    variant,
    digest,
    contextTokens,
    ...(unloadsAt === undefined ? {} : { unloadsAt }),
    ...(engine === undefined ? {} : { engine: engineOf(engine) }),
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
