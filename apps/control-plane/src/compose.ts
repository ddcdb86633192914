import { systemClock, type Clock } from '@flotilla/kernel';
import {
  createGatewayApp,
  createPendingImports,
  createPlaneApp,
  createPlaneMetrics,
} from '@flotilla/plane-http';
import { createDeviceLink, listenOn, signDesired } from '@flotilla/plane-link';
import { openDataFolder } from '@flotilla/platform-files';
import type { Log } from '@flotilla/platform-log';
import { createBlobFolder } from '@flotilla/plane-store';
import { ensureAdminToken, signInPath } from './admin-token.ts';
import { brokerTls, composeTransport } from './compose-transport.ts';
import { composeServices, createJoinTokenFormat } from './compose-services.ts';
import { certificateNames, inUrl, loopbackOf, publicAddressOf, type ControlPlaneConfig } from './config.ts';
import { closeServer, createGatewayServer, createPeopleServer, portOf } from './http-servers.ts';
import { composeJobs } from './jobs/compose-jobs.ts';
import { openPki } from './pki/open-pki.ts';
import { openRevocationList } from './pki/revocation-list.ts';
import { openDatabase } from './open-database.ts';
import { removeRunning, RUNNING_FILE, writeRunning } from './running-file.ts';
import type { StartEvent } from './start-events.ts';
import { bringStarterModels } from './starter-models.ts';
import { watchLink } from './watch-link.ts';

export const DATA_FORMAT = 1;
export const ADMIN_TOKEN_FILE = 'admin-token';

export interface ControlPlane {
  /** Rejects when it cannot go on: another control plane took its database. */
  failed: Promise<never>;
  /** In order: nothing new is taken, what is under way ends, then the database and the folder are let go. */
  stop(): Promise<void>;
}

/** Starts everything; resolves when devices and people can connect. On failure whatever was started is stopped again. */
export async function startControlPlane({
  config,
  log,
  tell,
  version,
  clock = systemClock,
}: {
  config: ControlPlaneConfig;
  log: Log;
  tell: (event: StartEvent) => void;
  version: string;
  clock?: Clock;
}): Promise<ControlPlane> {
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  // Whoever started us may look at it late, or never.
  failed.catch(() => {});
  const undo: (() => void | Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) {
      await Promise.resolve(step()).catch((error: unknown) => log.error({ error }, 'stopping failed'));
    }
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { failed, stop };

  async function start(): Promise<void> {
    const folder = await openDataFolder({
      path: config.data,
      formatVersion: DATA_FORMAT,
      notCopied: ['blobs'],
    });
    undo.push(() => folder.close());
    tell({ event: 'starting', dataFolder: folder.path, version });
    if (folder.migratedFrom !== undefined) tell({ event: 'data-folder-migrated', from: folder.migratedFrom });

    const pki = await openPki({ folder, ...certificateNames(config), now: clock.now() });
    if (pki.caIsNew) tell({ event: 'authority-created', fingerprint: pki.caFingerprint });

    const store = await openDatabase({
      databaseUrl: config.databaseUrl,
      file: folder.file('control-plane.db'),
      onLost: (error) => fail(error),
    });
    undo.push(() => store.close());
    const blobs = createBlobFolder({ folder: await folder.folder('blobs') });
    await blobs.sweep();
    const services = composeServices({ config, store, blobs, pki, clock });
    const { registry, events, accessTokens, catalogue, releases, telemetry } = services;

    const revocationList = await openRevocationList({
      path: folder.file('pki', 'crl.pem'),
      ca: pki.ca,
      registry,
      clock,
    });

    const adminTokenFile = folder.file(ADMIN_TOKEN_FILE);
    const adminTokenId = await ensureAdminToken({ accessTokens, path: adminTokenFile });
    if (config.starterModels) {
      await bringStarterModels({
        catalogue,
        releases,
        onImported: (variant) => tell({ event: 'model-imported', variant }),
        onReleased: (release) => tell({ event: 'release-created', release }),
      });
    }

    const metrics = createPlaneMetrics({ countByState: () => registry.countByState() });
    const { transport, embedded, mqttUrl } = composeTransport({ config, pki, registry, clock, log });
    const sign = (desired: Parameters<typeof signDesired>[0]['desired']) =>
      signDesired({ signer: pki.signing, desired });
    const link = createDeviceLink({ transport, registry, telemetry, feed: events, signDesired: sign, clock });
    watchLink({ link, metrics, log });
    // Our own broker has just started, so nobody is connected; an outside one tells who is.
    if (embedded) await registry.assumeAllOffline();
    undo.push(() => link.stop());
    await link.start();

    const stopping = new AbortController();
    const onError = (error: Error): void => log.error({ error }, 'server failed');
    const onInternalError = (failure: object): void => log.error(failure, 'request failed');
    const gateway = createGatewayServer({
      tls: brokerTls(pki),
      fetch: createGatewayApp({
        registry,
        catalogue,
        releases,
        blobs,
        caPem: pki.ca.certificatePem,
        revocationList: () => revocationList.current(),
        addresses: { gatewayUrl: () => gatewayUrl, mqttUrl },
        keys: pki.signing,
        signDesired: sign,
        metrics,
        clock,
        onInternalError,
      }).fetch,
    });
    await listenOn({
      server: gateway,
      host: config.host,
      port: config.gatewayPort,
      what: 'the device gateway',
      onError,
    });
    undo.push(() => closeServer({ server: gateway, graceMs: 1_000 }));
    const gatewayUrl = `https://${inUrl(publicAddressOf(config))}:${portOf(gateway)}`;

    const people = createPeopleServer(
      createPlaneApp({
        ...services,
        imports: createPendingImports({ clock, newId: services.newId }),
        sendCommand: (request) => link.sendCommand(request),
        joinToken: createJoinTokenFormat({ gatewayUrl, caFingerprint: pki.caFingerprint }),
        checkReady: () => store.ready(),
        metrics,
        clock,
        onInternalError,
        stopping: stopping.signal,
        consoleFolder: config.consoleFolder,
        allowedHosts: certificateNames(config).names,
        secureCookies: config.secureCookies,
      }).fetch,
    );
    await listenOn({
      server: people,
      host: config.host,
      port: config.port,
      what: "the people's API and console",
      onError,
    });
    undo.push(async () => {
      stopping.abort();
      await closeServer({ server: people, graceMs: 1_000 });
    });

    const jobs = composeJobs({
      config,
      services,
      pki,
      revocationList,
      gateway,
      embedded,
      clock,
      log,
    });
    for (const job of jobs) job.start();
    undo.push(async () => {
      await Promise.all(jobs.map((job) => job.stop()));
    });

    const loopbackUrl = `http://${inUrl(loopbackOf(config.host))}:${portOf(people)}`;
    const consoleUrl = `http://${inUrl(config.publicAddress ?? loopbackOf(config.host))}:${portOf(people)}`;
    await writeRunning(folder.file(RUNNING_FILE), { consoleUrl, loopbackUrl, pid: process.pid });
    undo.push(() => removeRunning(folder.file(RUNNING_FILE)));
    undo.push(() => tell({ event: 'stopping' }));

    tell({
      event: 'ready',
      consoleUrl,
      signInUrl: `${consoleUrl}${await signInPath({ accessTokens, tokenId: adminTokenId })}`,
      gatewayUrl,
      mqttUrl: mqttUrl(),
      adminTokenFile,
      dataFolder: folder.path,
      pid: process.pid,
    });
  }
}
