import type { Documents } from '@flotilla/agent-reconcile';
import type { ModelStore } from '@flotilla/agent-models';
import type { AgentInfo, DeviceFacts, Reported } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import type { LinkStatus } from '../link/device-link.ts';
import type { ServiceBoard } from './service-board.ts';

/** The document that goes to the control plane. */
export async function buildReported({
  deviceId,
  board,
  documents,
  facts,
  store,
  desiredIgnored,
  link,
  agent,
  boxUrl,
  clock,
}: {
  deviceId: string;
  board: Pick<ServiceBoard, 'read'>;
  documents: Pick<Documents, 'readDesired' | 'readRollback'>;
  facts: { fresh(): Promise<DeviceFacts> };
  store: Pick<ModelStore, 'usage'>;
  desiredIgnored: number;
  link: LinkStatus;
  agent: AgentInfo;
  /** As apps on the box reach it. */
  boxUrl: string | undefined;
  clock: Clock;
}): Promise<Reported> {
  const [desired, rollback, deviceFacts, usage] = await Promise.all([
    documents.readDesired(),
    documents.readRollback(),
    facts.fresh(),
    store.usage(),
  ]);
  return {
    v: 1,
    deviceId,
    generation: desired?.generation ?? 0,
    at: clock.now(),
    agent,
    facts: deviceFacts,
    services: board.read(),
    failedReleases: rollback.failed.map(({ release, problem, at }) => ({ release, code: problem.code, at })),
    ...(boxUrl === undefined ? {} : { boxUrl }),
    store: usage,
    counters: { desiredIgnored, messagesRefused: link.refusedMessages },
  };
}
