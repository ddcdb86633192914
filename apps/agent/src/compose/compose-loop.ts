import { availableParallelism } from 'node:os';

import {
  createMeasurementsFile,
  createModelStore,
  inspectModel,
  type GatewayClient,
} from '@flotilla/agent-models';
import {
  createExecutors,
  createMemory,
  createWorldReader,
  Reconciler,
  type ReconcileEvents,
} from '@flotilla/agent-reconcile';
import { createServices, startForkedEngine } from '@flotilla/agent-serving';
import type { AgentInfo, Desired, KeySet } from '@flotilla/contracts';
import { TypedEvents, type Clock } from '@flotilla/kernel';
import type { Log } from '@flotilla/platform-log';
import { createDegradeFile } from '../box/degrade-file.ts';
import { createEngineThreads } from '../box/engine-threads.ts';
import type { FactsSource } from '../box/facts-source.ts';
import { fitsSchema, matchesRegex } from '../box/judge-tools.ts';
import { logEvents } from '../box/log-events.ts';
import { noteMemory } from '../box/note-memory.ts';
import { createModelPort } from '../box/model-port.ts';
import { effectivePolicy, readLimits } from '../box/read-limits.ts';
import { createResolverPort } from '../box/resolver-port.ts';
import { ServiceBoard } from '../box/service-board.ts';
import { createServingPort } from '../box/serving-port.ts';
import { watchEngines } from '../box/watch-engines.ts';
import { fleetNames } from '../local/fleet-names.ts';
import { withLocalGivenBack } from '../local/with-local-given-back.ts';
import { withoutLocalNames } from '../local/without-local-names.ts';
import type { AgentConfig } from '../config.ts';
import type { DataPaths } from '../state/data-paths.ts';
import { createDocumentFiles } from '../state/documents.ts';
import { createReleaseFiles } from '../state/release-files.ts';
import type { BoxEvents } from './box-events.ts';
import { composeLocal } from './compose-local.ts';

/** The loop of the box with everything its steps touch: files, engines, the gateway. */
export function composeLoop({
  config,
  paths,
  deviceId,
  gateway,
  keys,
  facts,
  agent,
  boxEvents,
  clock,
  random,
  log,
}: {
  config: AgentConfig;
  paths: DataPaths;
  deviceId: string | undefined;
  gateway: () => GatewayClient;
  keys: () => KeySet;
  facts: FactsSource;
  agent: () => AgentInfo;
  boxEvents: TypedEvents<BoxEvents>;
  clock: Clock;
  random: () => number;
  log: Log;
}) {
  const own = config.limits;
  const documents = createDocumentFiles({ paths, deviceId });
  const policy = async () => effectivePolicy((await documents.readDesired())?.policy, own);
  const releases = createReleaseFiles({ folder: paths.releases, gateway, keys });
  const store = createModelStore({
    folder: paths.models,
    makeRoom: async () => localModels?.blobs.dropUnused(),
  });
  const measurements = createMeasurementsFile({ path: paths.measurements, clock });
  const models = createModelPort({
    store,
    gateway,
    releases,
    documents,
    bytesPerSecond: async () => (await policy()).downloadBytesPerSecond,
  });
  const resolver = createResolverPort({
    facts: () => fleetFacts(),
    policy,
    gateway,
    store,
    inspect: inspectModel,
    measurements,
    clock,
  });
  const fleetFacts = async () => withLocalGivenBack(await facts.fresh(), services.deployments());
  const limits = async (desired: Desired | undefined) =>
    readLimits({
      facts: await fleetFacts(),
      agent: agent(),
      desired,
      own,
      folder: paths.folder,
      droppableBytes: await localModels?.blobs.unusedBytes(),
    });
  const services = createServices({
    startEngine: startForkedEngine,
    clock,
    random,
    readRoom: async () => {
      const [{ memoryBytes }, { memory }] = await Promise.all([
        limits(await documents.readDesired()),
        facts.fresh(),
      ]);
      return { capBytes: memoryBytes, availableBytes: memory.availableBytes };
    },
    degradeMemory: createDegradeFile({ path: paths.degraded }),
  });
  const { gpu } = config.engine;
  const engineRelease = () => facts.engineRelease();
  const usableCores = async () => (await facts.current()).cpu.usableCores;
  const threads = createEngineThreads({
    measurements,
    engineRelease,
    usableCores,
    gpu,
    onMeasured: (measured) => log.info(measured, 'threads measured'),
  });
  const serving = createServingPort({
    services,
    filePath: (digest) => store.find(digest),
    threads,
    usableCores,
    gpu,
    prefixFolder: paths.prefixes,
    claimNames: async (names) => localModels?.giveWay(names),
  });

  const events = new TypedEvents<ReconcileEvents>({
    onListenerError: (error, name) => log.error({ error, event: name }, 'listener failed'),
  });
  const memory = createMemory();
  const reconciler = new Reconciler({
    read: createWorldReader({
      documents,
      releases,
      models,
      serving,
      memory,
      readLimits: limits,
    }),
    executors: createExecutors({
      documents,
      releases,
      models,
      resolver,
      serving,
      memory,
      events,
      matchesRegex,
      fitsSchema,
    }),
    documents,
    events,
    clock,
    random,
  });
  const board = new ServiceBoard({ events, serving, services, clock });
  const localModels = composeLocal({
    config,
    paths,
    services,
    store,
    releases,
    events,
    readLimits: async () => limits(await documents.readDesired()),
    // Before its first look a box would keep its API waiting for these.
    usableCores: async () => (await facts.kept())?.cpu.usableCores ?? availableParallelism(),
    clock,
    log: log.child({ component: 'local-models' }),
  });
  const neutral = withoutLocalNames(services);
  logEvents({ reconcile: events, serving: neutral.events, log });
  watchEngines({ services, serving, reconciler, log });
  noteMemory({ services, serving, measurements, engineRelease, log });
  let told = '';
  // The loop looks at the box every minute; only what changed is worth a report.
  const moved = (): void => {
    const generation = board.plan?.desired?.generation;
    const now = JSON.stringify([generation, board.read()], (key, value: unknown) =>
      key === 'tokensPerSecond' ? undefined : value,
    );
    if (now === told) return;
    told = now;
    boxEvents.emit('moved', { progressOnly: false });
  };
  for (const name of [
    'plan-made',
    'step-started',
    'release-failed',
    'variant-failed',
    'release-committed',
    'service-retired',
  ] as const) {
    events.on(name, moved);
  }
  for (const name of [
    'engine-started',
    'engine-exited',
    'engine-degraded',
    'engine-climbed',
    'engine-broken',
    'engine-recovered',
    'service-slept',
  ] as const) {
    services.events.on(name, moved);
  }
  events.on('fetch-progress', () => boxEvents.emit('moved', { progressOnly: true }));
  boxEvents.on('facts-detected', () => reconciler.wake());

  const collectGarbage = async (): Promise<void> => {
    memory.collected = undefined;
    reconciler.wake();
  };
  /** Serves what programs of the box made before, where the fleet has left the names. */
  const startLocal = async (): Promise<void> => {
    const [desired, current] = await Promise.all([documents.readDesired(), documents.readCurrent()]);
    await localModels?.start(fleetNames({ desired, world: { current, slots: serving.slots() } }));
  };
  return { documents, store, services, neutral, reconciler, board, localModels, startLocal, collectGarbage };
}
