import { createGatewayClient, type TlsGatewayClient } from '@flotilla/agent-models';
import { FlotillaError } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import type { DataFolder } from '@flotilla/platform-files';
import type { Log } from '@flotilla/platform-log';
import { createBoxMetrics } from './box/box-metrics.ts';
import { buildReported } from './box/build-reported.ts';
import { buildStatus } from './box/build-status.ts';
import { createBoxEvents } from './compose/box-events.ts';
import { composeHost } from './compose/compose-host.ts';
import { composeLink } from './compose/compose-link.ts';
import { composeLoop } from './compose/compose-loop.ts';
import { composeTelemetry } from './compose/compose-telemetry.ts';
import type { AgentConfig } from './config.ts';
import { TrustedKeys } from './link/trusted-keys.ts';
import { dataPaths } from './state/data-paths.ts';
import { writeIdentity, type Identity } from './state/identity.ts';

export interface AgentOptions {
  config: AgentConfig;
  folder: DataFolder;
  /** Undefined before a join: the box then serves what it served before, and asks nobody. */
  identity: Identity | undefined;
  clock: Clock;
  random: () => number;
  log: Log;
}

/** Joins the parts of the agent. Wiring only; nothing starts. */
export function composeBox({ config, folder, identity: given, clock, random, log }: AgentOptions) {
  const paths = dataPaths(folder.path);
  const startedAt = clock.now();
  let identity = given;
  let boxUrl: string | undefined;
  const changeIdentity = async (change: Partial<Identity>): Promise<void> => {
    if (!identity) return;
    identity = { ...identity, ...change };
    await writeIdentity(paths.identity, identity);
  };
  const gatewayClient = given && createGateway(() => identity ?? given, clock);
  const gateway = (): TlsGatewayClient => {
    if (gatewayClient) return gatewayClient;
    throw new FlotillaError('offline', 'This box has not joined a control plane.', {
      details: { fix: 'Run `flotilla-agent join TOKEN`.' },
    });
  };
  const keys = new TrustedKeys({
    held: given?.keys ?? { v: 1, serial: 1, issuedAt: 0, keys: [NO_KEY] },
    gateway,
    save: (next) => changeIdentity({ keys: next }),
  });

  const boxEvents = createBoxEvents(log);
  const host = composeHost({ paths, memoryCapBytes: config.limits.memoryCap, clock, boxEvents });
  const { facts, agent } = host;
  const common = { config, paths, facts, boxEvents, clock, random, log };
  const loop = composeLoop({
    ...common,
    deviceId: given?.deviceId,
    gateway,
    keys: () => keys.current,
    agent,
  });
  const { services, neutral, documents, board, store, reconciler, collectGarbage } = loop;
  const telemetry = composeTelemetry({ ...common, services: neutral, documents, health: host.health });
  const { spool, readBoot, followPolicy, readEnergy } = telemetry;
  const plane =
    gatewayClient &&
    composeLink({
      ...common,
      log: log.child({ component: 'link' }),
      identity: () => identity ?? given,
      changeIdentity,
      gateway: gatewayClient,
      keys,
      documents,
      reconciler,
      detect: async () => void (await facts.detect()),
      collectGarbage,
      readReported: ({ desiredIgnored, link }) =>
        buildReported({
          deviceId: given.deviceId,
          board,
          documents,
          facts,
          store,
          agent: agent(),
          boxUrl,
          desiredIgnored,
          link,
          clock,
        }),
      onDesired: () => {
        followPolicy().catch((error: unknown) => log.warn({ error }, 'policy not followed'));
      },
      spool,
      readBoot,
    });

  const status = () =>
    buildStatus({
      agent: agent(),
      identity,
      board,
      facts,
      spool,
      energy: readEnergy(),
      localModels: loop.localModels?.list(),
      link: plane?.link.status,
      desiredIgnored: plane?.intake.ignored ?? 0,
      startedAt,
      clock,
    });
  const metrics = createBoxMetrics({
    services: neutral,
    readServices: () => board.read(),
    spoolDepth: () => spool.depth,
    isLinked: () => plane?.link.status.mqtt === 'connected',
  });
  const listensAt = (url: string | undefined): void => {
    boxUrl = url;
  };
  return {
    ...telemetry,
    paths,
    services,
    reconciler,
    board,
    localModels: loop.localModels,
    startLocal: loop.startLocal,
    facts,
    plane,
    keys,
    status,
    metrics,
    boxEvents,
    /** Told once the port is bound; from then on it is reported. */
    listensAt,
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
