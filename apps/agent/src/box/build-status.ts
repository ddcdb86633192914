import type { AgentInfo, DeviceFacts, Energy } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import { parseCertificate } from '@flotilla/platform-pki';
import type { LinkStatus } from '../link/device-link.ts';
import type { LocalModelState } from '../local/local-models.ts';
import type { Identity } from '../state/identity.ts';
import { listHolds } from './list-holds.ts';
import type { ServiceBoard } from './service-board.ts';

/** `GET /flotilla/v1/status`: what the box does and why, for people and programs on it. */
export function buildStatus({
  agent,
  identity,
  board,
  facts,
  spool,
  energy,
  localModels,
  link,
  desiredIgnored,
  startedAt,
  clock,
}: {
  agent: AgentInfo;
  identity: Identity | undefined;
  board: Pick<ServiceBoard, 'read' | 'plan'>;
  facts: { readonly known: DeviceFacts | undefined };
  spool: { readonly depth: number; readonly epoch: string };
  /** Since the start; undefined before the first interval has ended. */
  energy: Energy | undefined;
  /** Undefined where the device allows none. */
  localModels: LocalModelState[] | undefined;
  link: LinkStatus | undefined;
  desiredIgnored: number;
  startedAt: number;
  clock: Clock;
}) {
  const { desired, world } = board.plan ?? {};
  const services = board.read();
  return {
    v: 1 as const,
    at: clock.now(),
    agent,
    pid: process.pid,
    deviceId: identity?.deviceId ?? '',
    startedAt,
    device: identity && {
      id: identity.deviceId,
      gatewayUrl: identity.gatewayUrl,
      certificateUntil: parseCertificate(identity.certificatePem).notAfter,
    },
    link: link ?? {
      mqtt: 'stopped' as const,
      since: startedAt,
      problem: 'This box has not joined a control plane.',
      refusedMessages: 0,
    },
    generation: desired?.generation ?? 0,
    services,
    holds: listHolds({ desired, services }),
    localModels,
    failedReleases: world?.rollback.failed ?? [],
    telemetry: { waitingRows: spool.depth, epoch: spool.epoch },
    energy,
    counters: { desiredIgnored },
    facts: facts.known,
  };
}
export type BoxStatus = ReturnType<typeof buildStatus>;
