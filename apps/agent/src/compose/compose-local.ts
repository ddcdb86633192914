import { createUploadedBlobs, inspectModel, type ModelStore } from '@flotilla/agent-models';
import type { ModelParameters } from '@flotilla/agent-ollama';
import { unsupported } from '@flotilla/agent-openai';
import type { Limits, ReconcileEvents, ReleaseStore } from '@flotilla/agent-reconcile';
import type { Services } from '@flotilla/agent-serving';
import type { Release } from '@flotilla/contracts';
import type { Clock, TypedEvents } from '@flotilla/kernel';
import type { Log } from '@flotilla/platform-log';
import type { AgentConfig } from '../config.ts';
import { servedByName } from '../http/served-by-name.ts';
import { fleetNames } from '../local/fleet-names.ts';
import { createLocalIndex } from '../local/local-index.ts';
import { createLocalModels, type FleetModel, type LocalModels } from '../local/local-models.ts';
import type { LocalRoom } from '../local/measure-model.ts';
import type { DataPaths } from '../state/data-paths.ts';

/** The models that programs of the box make, where the device allows it; undefined where it does not. */
export function composeLocal({
  config,
  paths,
  services,
  store,
  releases,
  events,
  readLimits,
  usableCores,
  clock,
  log,
}: {
  config: AgentConfig;
  paths: DataPaths;
  services: Services;
  store: Pick<ModelStore, 'find'>;
  releases: Pick<ReleaseStore, 'list'>;
  events: TypedEvents<ReconcileEvents>;
  readLimits: () => Promise<Limits>;
  usableCores: () => Promise<number>;
  clock: Clock;
  log: Log;
}): LocalModels | undefined {
  const { allowed, maxBytes } = config.localModels;
  if (!allowed) return undefined;

  const readRoom = async (): Promise<LocalRoom> => {
    const { memoryBytes } = await readLimits();
    const fleet = services.deployments().filter(({ isLocal }) => !isLocal);
    const sum = (of: typeof fleet): number => of.reduce((bytes, { needBytes }) => bytes + needBytes, 0);
    return {
      besideBytes: memoryBytes - sum(fleet),
      aloneBytes: memoryBytes - sum(fleet.filter(({ keepLoaded }) => keepLoaded)),
    };
  };
  const readFleetModel = async (name: string, field: string): Promise<FleetModel | undefined> => {
    const deployment = servedByName(services, name)?.deployment;
    if (deployment === undefined || deployment.isLocal) return undefined;
    if (deployment.adapter !== undefined && !name.endsWith('@base'))
      throw unsupported(
        field,
        `\`${name}\` answers with the adapter of its release, which no local model has; take \`${name}@base\``,
      );
    const path = await store.find(deployment.variantDigest);
    if (path === undefined) return undefined;
    const release =
      deployment.release === undefined ? undefined : (await releases.list()).get(deployment.release);
    return {
      digest: deployment.variantDigest,
      path,
      system: release?.systemPrompt,
      parameters: release === undefined ? {} : parametersOf(release),
    };
  };

  const local = createLocalModels({
    blobs: (inUse) => createUploadedBlobs({ folder: paths.localModels, maxBytes, inUse, clock }),
    index: createLocalIndex({ path: paths.localIndex, clock }),
    services,
    inspect: inspectModel,
    readRoom,
    readFleetModel,
    usableCores,
    gpu: config.engine.gpu,
    clock,
    log,
  });
  events.on('plan-made', (made) => local.settle(fleetNames(made)));
  return local;
}

/** What a release says of sampling, in Ollama's words. */
function parametersOf({ sampling, intent }: Release): ModelParameters {
  const { temperature, topP, topK, minP, maxTokens } = sampling;
  return {
    temperature,
    top_p: topP,
    top_k: topK,
    min_p: minP,
    num_ctx: intent.contextTokens,
    ...(maxTokens === undefined ? {} : { num_predict: maxTokens }),
  };
}
