import { randomBytes } from 'node:crypto';
import { uptime } from 'node:os';

import { createHealthSampler, createProbes, detectHardware } from '@flotilla/agent-hardware';
import {
  createGatewayClient,
  createMeasurementsFile,
  createModelStore,
  inspectEngine,
  inspectModel,
  type TlsGatewayClient,
} from '@flotilla/agent-models';
import {
  createExecutors,
  createMemory,
  createWorldReader,
  Reconciler,
  type ReconcileEvents,
} from '@flotilla/agent-reconcile';
import { createServices, startForkedEngine } from '@flotilla/agent-serving';
import {
  createModelledEnergyMeter,
  guessTdpWatts,
  Recorder,
  Sender,
  Spool,
  UsageAccumulator,
} from '@flotilla/agent-telemetry';
import { FlotillaError, type Reported } from '@flotilla/contracts';
import { TypedEvents, uuidV7, type Clock } from '@flotilla/kernel';
import type { DataFolder } from '@flotilla/platform-files';
import type { Log } from '@flotilla/platform-log';
import { agentInfo, AGENT_VERSION } from './agent-info.ts';
import { createBoxMetrics } from './box/box-metrics.ts';
import { buildReported } from './box/build-reported.ts';
import { buildStatus } from './box/build-status.ts';
import { createEngineThreads } from './box/engine-threads.ts';
import { FactsSource } from './box/facts-source.ts';
import { fitsSchema, matchesRegex } from './box/judge-tools.ts';
import { logEvents } from './box/log-events.ts';
import { createModelPort } from './box/model-port.ts';
import { noteUsage } from './box/note-usage.ts';
import { effectivePolicy, readLimits } from './box/read-limits.ts';
import { createResolverPort } from './box/resolver-port.ts';
import { ServiceBoard } from './box/service-board.ts';
import { createServingPort } from './box/serving-port.ts';
import { watchEngines } from './box/watch-engines.ts';
import type { AgentConfig } from './config.ts';
import { CertificateRenewal } from './link/certificate-renewal.ts';
import { CommandDesk } from './link/command-desk.ts';
import { DesiredIntake } from './link/desired-intake.ts';
import { DeviceLink } from './link/device-link.ts';
import { ReportedPublisher } from './link/reported-publisher.ts';
import { TrustedKeys } from './link/trusted-keys.ts';
import { dataPaths } from './state/data-paths.ts';
import { createDocumentFiles } from './state/documents.ts';
import { writeIdentity, type Identity } from './state/identity.ts';
import { createReleaseFiles } from './state/release-files.ts';

export interface AgentOptions {
  config: AgentConfig;
  folder: DataFolder;
  /** Undefined before a join: the box then serves what it served before, and asks nobody. */
  identity: Identity | undefined;
  clock: Clock;
  random: () => number;
  log: Log;
}

export type BoxParts = ReturnType<typeof composeBox>;

/** Joins the parts of the agent. Wiring only; nothing starts. */
export function composeBox({ config, folder, identity, clock, random, log }: AgentOptions) {
  const paths = dataPaths(folder.path);
  const held = { identity };
  const changeIdentity = async (change: Partial<Identity>): Promise<void> => {
    if (!held.identity) return;
    held.identity = { ...held.identity, ...change };
    await writeIdentity(paths.identity, held.identity);
  };
  const own = { ...config.limits };
  const startedAt = clock.now();

  const gatewayClient = identity && createGateway(() => held.identity ?? identity, clock);
  const gateway = (): TlsGatewayClient => {
    if (gatewayClient) return gatewayClient;
    throw new FlotillaError('offline', 'This box has not joined a control plane.', {
      details: { fix: 'Run `flotilla-agent join TOKEN`.' },
    });
  };

  const health = createHealthSampler({ dataFolder: folder.path });
  const memoryNow = createHealthSampler({ dataFolder: folder.path }); // its own: a sample ends the interval of the last
  let engine: ReturnType<typeof inspectEngine> | undefined;
  const engineDevices = () => (engine ??= inspectEngine());
  let engineRelease: string | undefined;
  const facts = new FactsSource({
    path: paths.facts,
    sampleHealth: () => memoryNow.sample(),
    detect: () =>
      detectHardware(
        createProbes({
          dataFolder: folder.path,
          engineGpus: async () => {
            const devices = await engineDevices();
            engineRelease = devices.engineRelease;
            return devices.gpus;
          },
        }),
        clock,
      ),
    onDetected: () => {
      reported.changed();
      reconciler.wake();
    },
  });
  const agent = () => agentInfo(engineRelease);

  const documents = createDocumentFiles({ paths, deviceId: identity?.deviceId });
  const policy = async () => effectivePolicy((await documents.readDesired())?.policy, own);
  const keys = new TrustedKeys({
    held: identity?.keys ?? { v: 1, serial: 1, issuedAt: 0, keys: [NO_KEY] },
    gateway,
    save: (next) => changeIdentity({ keys: next }),
  });
  const releases = createReleaseFiles({ folder: paths.releases, gateway, keys: () => keys.current });
  const store = createModelStore({ folder: paths.models });
  const measurements = createMeasurementsFile({ path: paths.measurements, clock });
  const models = createModelPort({
    store,
    gateway,
    releases,
    documents,
    bytesPerSecond: async () => (await policy()).downloadBytesPerSecond,
  });
  const resolver = createResolverPort({
    facts: () => facts.fresh(),
    policy,
    documents,
    gateway,
    store,
    inspect: inspectModel,
    measurements,
    clock,
  });
  const services = createServices({ startEngine: startForkedEngine, clock, random });
  const serving = createServingPort({
    services,
    modelPath: (digest) => store.find(digest),
    threads: createEngineThreads({
      measurements,
      engineRelease: async () => (await engineDevices()).engineRelease,
      usableCores: async () => (await facts.current()).cpu.usableCores,
      gpu: config.engine.gpu,
      onMeasured: (measured) => log.info(measured, 'threads measured'),
    }),
    gpu: config.engine.gpu,
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
      readLimits: async (desired) =>
        readLimits({ facts: await facts.current(), agent: agent(), desired, own, folder: folder.path }),
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
  logEvents({ reconcile: events, serving: services.events, log });
  watchEngines({ services, serving, reconciler, log });

  const usage = new UsageAccumulator();
  noteUsage({ services, usage });
  const spool = new Spool({
    path: paths.spool,
    newEpoch: () => uuidV7({ now: clock.now(), random: randomBytes(10) }),
    maxBytes: config.telemetry.spoolBytes,
  });
  if (spool.damaged) log.error('telemetry spool was damaged and begun again');
  let bootId = 'unknown';
  const readBoot = () => ({ bootId, uptimeMs: uptime() * 1_000 });
  let intervalMs = config.telemetry.interval;
  let tdpWatts = config.telemetry.tdpWatts ?? 15;
  const noteBox = async (): Promise<void> => {
    const { cpu, bootId: boot } = await facts.current();
    bootId = boot ?? bootId;
    tdpWatts =
      config.telemetry.tdpWatts ?? guessTdpWatts({ cpuModel: cpu.model, arch: cpu.arch, cores: cpu.cores });
    intervalMs = (await documents.readDesired())?.policy.telemetryIntervalMs ?? config.telemetry.interval;
  };
  const recorder = new Recorder({
    spool,
    usage,
    energy: { measure: (interval) => createModelledEnergyMeter({ tdpWatts }).measure(interval) },
    sampleHealth: () => health.sample(),
    readBoot,
    clock,
    intervalMs: () => intervalMs,
    onRow: () => sender?.wake(),
    onError: (error) => log.error({ error }, 'telemetry row not written'),
  });

  const reported = new ReportedPublisher({
    read: () => readReported(),
    publish: async (document) => link?.publishReported(document),
    clock,
    onError: (error) => log.debug({ error }, 'reported not published'),
  });
  const readReported = (): Promise<Reported> =>
    buildReported({ deviceId: identity?.deviceId ?? '', ...reportParts, agent: agent(), clock });
  const intake = new DesiredIntake({
    deviceId: identity?.deviceId ?? '',
    documents,
    keys: () => keys.current,
    refreshKeys: () => keys.refresh(),
    onAccepted: (desired) => {
      log.info({ generation: desired.generation }, 'desired document accepted');
      void noteBox();
      reconciler.desiredChanged();
    },
    onIgnored: ({ reason, via }) => log.warn({ reason, via }, 'desired document ignored'),
  });
  const desk = new CommandDesk({
    path: paths.commands,
    clock,
    actions: {
      report: () => reported.sendNow(),
      detect: async () => void (await facts.detect()),
      'collect-garbage': async () => {
        memory.collected = undefined;
        reconciler.wake();
      },
    },
    publish: async (result) => link?.publishResult(result),
  });
  const link: DeviceLink | undefined =
    identity &&
    new DeviceLink({
      deviceId: identity.deviceId,
      mqttUrl: identity.mqttUrl,
      agentVersion: AGENT_VERSION,
      tls: () => tlsOf(held.identity ?? identity),
      gateway,
      clock,
      random,
      log: log.child({ component: 'link' }),
      onConnected: () => {
        void reported.sendNow();
        sender?.wake();
      },
      onDesired: (message, via) => intake.take(message, via),
      onCommand: (command) => desk.take(command),
      onAck: (ack) => sender?.takeAck(ack),
      onState: () => stateEvents.emit('moved', {}),
    });
  const sender: Sender | undefined =
    identity &&
    new Sender({
      deviceId: identity.deviceId,
      spool,
      publish: async (batch) => link?.publishTelemetry(batch),
      readBoot,
      clock,
      random,
      onError: (error) => log.debug({ error }, 'telemetry not acknowledged'),
    });
  const renewal =
    identity &&
    new CertificateRenewal({
      identity: () => held.identity ?? identity,
      gateway,
      save: async (certificatePem) => {
        await changeIdentity({ certificatePem });
        gatewayClient?.refresh();
        await link?.reconnect();
      },
      clock,
      random,
      onRenewed: (notAfter) => log.info({ notAfter }, 'certificate renewed'),
      onError: (error) => log.warn({ error }, 'certificate not renewed'),
    });

  const stateEvents = new TypedEvents<{ moved: object }>();
  for (const name of [
    'plan-made',
    'step-started',
    'release-failed',
    'release-committed',
    'service-retired',
  ] as const) {
    events.on(name, () => {
      reported.changed();
      stateEvents.emit('moved', {});
    });
  }
  events.on('fetch-progress', () => {
    reported.progressed();
    stateEvents.emit('moved', {});
  });

  const reportParts = { board, documents, facts, store, intake, link };
  const status = () =>
    buildStatus({ ...reportParts, agent: agent(), identity: held.identity, spool, startedAt, clock });
  const metrics = createBoxMetrics({
    services,
    readServices: () => board.read(),
    spoolDepth: () => spool.depth,
    isLinked: () => link?.status.mqtt === 'connected',
  });
  return {
    paths,
    services,
    reconciler,
    board,
    facts,
    spool,
    recorder,
    sender,
    reported,
    link,
    renewal,
    keys,
    gateway: gatewayClient,
    noteBox,
    status,
    metrics,
    moved: stateEvents,
  };
}

/** Fails every verification: what a box trusts before it has joined. */
const NO_KEY = { id: '0'.repeat(64), algorithm: 'ed25519' as const, publicKey: '' };

function createGateway(identity: () => Identity, clock: Clock): TlsGatewayClient {
  return createGatewayClient({
    url: identity().gatewayUrl,
    credentials: () => {
      const { caPem, certificatePem, privateKeyPem } = identity();
      return { ca: caPem, certificate: certificatePem, key: privateKeyPem };
    },
    clock,
  });
}

function tlsOf({ caPem, certificatePem, privateKeyPem }: Identity) {
  return { ca: caPem, cert: certificatePem, key: privateKeyPem };
}
