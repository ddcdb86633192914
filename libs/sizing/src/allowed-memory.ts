import { formatBytes } from '@flotilla/kernel';
import type { DeviceFacts, DevicePolicy, Intent } from '@flotilla/contracts';

/** Part of the memory that is left to the rest of the box where the policy does not say. */
export const DEFAULT_RESERVE_SHARE = 0.15;
/** `available` is the kernel's own estimate, and the box goes on living while a model loads. */
const AVAILABLE_USABLE = 0.95;

export type MemoryLimitName = 'share' | 'reserve' | 'available' | 'cap';

export interface MemoryLimit {
  name: MemoryLimitName;
  bytes: number;
  /** Where the number comes from, for a sentence: `70 % of 4 GB by the release`. */
  because: string;
}

export interface AllowedMemory {
  /** What the service may take, in bytes; never below 0. */
  bytes: number;
  /** The limit that gave the number. */
  binding: MemoryLimit;
  limits: MemoryLimit[];
}

export interface AllowedMemoryOptions {
  intent: Pick<Intent, 'memoryShare'>;
  memory: Pick<DeviceFacts['memory'], 'totalBytes' | 'availableBytes' | 'capBytes'>;
  policy: DevicePolicy;
  /** What the other services on the box take already. Default 0. */
  otherServicesBytes?: number;
  /** What the engine that this change replaces gives back before the new one needs it. Default 0. */
  replacedBytes?: number;
}

/** How much memory a service may take on a device: the least of four limits, and which one that is. */
export function allowedMemory({
  intent,
  memory,
  policy,
  otherServicesBytes = 0,
  replacedBytes = 0,
}: AllowedMemoryOptions): AllowedMemory {
  const { totalBytes, availableBytes } = memory;
  const reserveShare = policy.memoryReserveShare ?? DEFAULT_RESERVE_SHARE;
  const total = formatBytes(totalBytes);
  const besides = otherServicesBytes > 0 ? ` less ${formatBytes(otherServicesBytes)} of other services` : '';
  const limits: MemoryLimit[] = [
    {
      name: 'share',
      bytes: totalBytes * intent.memoryShare,
      because: `${percent(intent.memoryShare)} of ${total} by the release`,
    },
    {
      name: 'reserve',
      bytes: totalBytes * (1 - reserveShare) - otherServicesBytes,
      because: `${total} less ${percent(reserveShare)} kept for the rest of the box${besides}`,
    },
    {
      name: 'available',
      bytes: availableBytes * AVAILABLE_USABLE + replacedBytes,
      because: `${percent(AVAILABLE_USABLE)} of ${formatBytes(availableBytes)} available now${replacedBytes > 0 ? ` and ${formatBytes(replacedBytes)} given back at the switch` : ''}`,
    },
  ];
  if (policy.memoryCapBytes !== undefined) {
    limits.push({
      name: 'cap',
      bytes: policy.memoryCapBytes - otherServicesBytes,
      because: `the policy's cap of ${formatBytes(policy.memoryCapBytes)}${besides}`,
    });
  }
  // The policy that the device sizes with holds its own cap already; a second line would say the same.
  if (memory.capBytes !== undefined && memory.capBytes !== policy.memoryCapBytes) {
    limits.push({
      name: 'cap',
      bytes: memory.capBytes - otherServicesBytes,
      because: `the device's own cap of ${formatBytes(memory.capBytes)}${besides}`,
    });
  }
  const whole = limits.map((limit) => ({ ...limit, bytes: Math.max(0, Math.floor(limit.bytes)) }));
  const binding = whole.reduce((least, limit) => (limit.bytes < least.bytes ? limit : least));
  return { bytes: binding.bytes, binding, limits: whole };
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
