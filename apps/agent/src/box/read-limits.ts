import { statfs } from 'node:fs/promises';

import type { Limits } from '@flotilla/agent-reconcile';
import type { AgentInfo, DeviceFacts, Desired, DevicePolicy } from '@flotilla/contracts';
import { DEFAULT_RESERVE_SHARE } from '@flotilla/sizing';

/** Disk that the box keeps for everything else. */
const DISK_RESERVE_BYTES = 64 * 2 ** 20;

/** The fleet's policy and the box's own limits, whichever is tighter. */
export function effectivePolicy(
  policy: DevicePolicy | undefined,
  own: { memoryCap?: number; downloadPerSecond?: number },
): DevicePolicy {
  const least = (a: number | undefined, b: number | undefined): number | undefined =>
    a === undefined ? b : b === undefined ? a : Math.min(a, b);
  const memoryCapBytes = least(policy?.memoryCapBytes, own.memoryCap);
  const downloadBytesPerSecond = least(policy?.downloadBytesPerSecond, own.downloadPerSecond);
  return {
    ...policy,
    ...(memoryCapBytes === undefined ? {} : { memoryCapBytes }),
    ...(downloadBytesPerSecond === undefined ? {} : { downloadBytesPerSecond }),
  };
}

/** What the box allows, for the planner. The key holds what asks for a new choice of variants when it changes. */
export async function readLimits({
  facts,
  agent,
  desired,
  own,
  folder,
  droppableBytes = 0,
}: {
  /** With the memory that is free now. */
  facts: DeviceFacts;
  agent: AgentInfo;
  desired: Desired | undefined;
  own: { memoryCap?: number; downloadPerSecond?: number };
  folder: string;
  /** Bytes of the disk that the fleet's files get where they need them. Default 0. */
  droppableBytes?: number;
}): Promise<Limits> {
  const { memoryCapBytes, memoryReserveShare = DEFAULT_RESERVE_SHARE } = effectivePolicy(
    desired?.policy,
    own,
  );
  const { totalBytes } = facts.memory;
  const memoryBytes = Math.floor(Math.min(memoryCapBytes ?? Infinity, totalBytes * (1 - memoryReserveShare)));
  const disk = await statfs(folder).catch(() => undefined);
  return {
    capabilities: agent.capabilities,
    memoryBytes,
    availableBytes: facts.memory.availableBytes,
    ...(disk
      ? { freeDiskBytes: Math.max(0, disk.bavail * disk.bsize + droppableBytes - DISK_RESERVE_BYTES) }
      : {}),
    key: `memory ${memoryBytes} of ${totalBytes}`,
  };
}
