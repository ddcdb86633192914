import type { TlsGatewayClient } from '@flotilla/agent-models';
import type { Reconciler } from '@flotilla/agent-reconcile';
import { Sender, type Spool } from '@flotilla/agent-telemetry';
import type { Desired, Reported } from '@flotilla/contracts';
import type { Clock, TypedEvents } from '@flotilla/kernel';
import type { Log } from '@flotilla/platform-log';
import { AGENT_VERSION } from '../agent-info.ts';
import { CertificateRenewal } from '../link/certificate-renewal.ts';
import { CommandDesk } from '../link/command-desk.ts';
import { DesiredIntake } from '../link/desired-intake.ts';
import { DeviceLink, type LinkStatus } from '../link/device-link.ts';
import { ReportedPublisher } from '../link/reported-publisher.ts';
import type { TrustedKeys } from '../link/trusted-keys.ts';
import type { DataPaths } from '../state/data-paths.ts';
import type { DocumentFiles } from '../state/documents.ts';
import type { Identity } from '../state/identity.ts';
import type { BoxEvents } from './box-events.ts';

/** Everything that talks to the control plane. Only a box that has joined has it. */
export function composeLink({
  identity,
  changeIdentity,
  gateway,
  keys,
  paths,
  documents,
  reconciler,
  detect,
  collectGarbage,
  readReported,
  onDesired,
  spool,
  readBoot,
  boxEvents,
  clock,
  random,
  log,
}: {
  /** As it is now: the certificate changes. */
  identity: () => Identity;
  changeIdentity: (change: Partial<Identity>) => Promise<void>;
  gateway: TlsGatewayClient;
  keys: TrustedKeys;
  paths: DataPaths;
  documents: DocumentFiles;
  reconciler: Reconciler;
  detect: () => Promise<void>;
  collectGarbage: () => Promise<void>;
  readReported: (counts: { desiredIgnored: number; link: LinkStatus }) => Promise<Reported>;
  onDesired: (desired: Desired) => void;
  spool: Spool;
  readBoot: () => { bootId: string; uptimeMs: number };
  boxEvents: TypedEvents<BoxEvents>;
  clock: Clock;
  random: () => number;
  log: Log;
}) {
  const { deviceId, mqttUrl } = identity();
  const intake = new DesiredIntake({
    deviceId,
    documents,
    keys: () => keys.current,
    refreshKeys: () => keys.refresh(),
    onAccepted: (desired) => {
      log.info({ generation: desired.generation }, 'desired document accepted');
      onDesired(desired);
      reconciler.desiredChanged();
    },
    onIgnored: ({ reason, via }) => {
      log.warn({ reason, via }, 'desired document ignored');
      reported.changed();
    },
  });
  const desk = new CommandDesk({
    path: paths.commands,
    clock,
    actions: { report: () => reported.sendNow(), detect, 'collect-garbage': collectGarbage },
    publish: (result) => link.publishResult(result),
  });
  const link: DeviceLink = new DeviceLink({
    deviceId,
    mqttUrl,
    agentVersion: AGENT_VERSION,
    tls: () => {
      const { caPem, certificatePem, privateKeyPem } = identity();
      return { ca: caPem, cert: certificatePem, key: privateKeyPem };
    },
    gateway: () => gateway,
    clock,
    random,
    log,
    onConnected: () => {
      void reported.sendNow();
      sender.wake();
    },
    onDesired: (message, via) => intake.take(message, via),
    onCommand: (command) => desk.take(command),
    onAck: (ack) => sender.takeAck(ack),
    onState: () => boxEvents.emit('moved', { progressOnly: false }),
  });
  const reported: ReportedPublisher = new ReportedPublisher({
    read: () => readReported({ desiredIgnored: intake.ignored, link: link.status }),
    publish: (document) => link.publishReported(document),
    clock,
    onError: (error) => log.debug({ error }, 'reported not published'),
  });
  const sender: Sender = new Sender({
    deviceId,
    spool,
    publish: (batch) => link.publishTelemetry(batch),
    readBoot,
    clock,
    random,
    onError: (error) => log.debug({ error }, 'telemetry not acknowledged'),
  });
  const renewal = new CertificateRenewal({
    identity,
    gateway: () => gateway,
    save: async (certificatePem) => {
      await changeIdentity({ certificatePem });
      gateway.refresh();
      await link.reconnect();
    },
    clock,
    random,
    onRenewed: (notAfter) => log.info({ notAfter }, 'certificate renewed'),
    onError: (error) => log.warn({ error }, 'certificate not renewed'),
  });
  boxEvents.on('moved', ({ progressOnly }) => (progressOnly ? reported.progressed() : reported.changed()));
  boxEvents.on('facts-detected', () => reported.changed());
  boxEvents.on('row-written', () => sender.wake());

  return {
    intake,
    link,
    /** Begins to report and to send; the line itself is opened by `link.start`. */
    start() {
      reported.start();
      sender.start();
      renewal.start();
    },
    async stop() {
      renewal.stop();
      await reported.stop();
      await Promise.all([sender.stop(), link.stop()]);
      await gateway.close();
    },
  };
}
