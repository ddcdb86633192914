import type { CpuFacts, DeviceFacts, GpuFacts } from '@flotilla/contracts';

/** What is known of every machine without asking anyone. */
export interface Essentials {
  /** As Node names it. */
  platform: string;
  arch: string;
  cores: number;
  totalBytes: number;
  freeBytes: number;
}

export interface MemoryReading {
  physicalBytes: number;
  availableBytes: number;
  swapTotalBytes?: number;
}

/** The limits that control groups put on this process; absent members mean no limit. */
export interface ControlGroupLimits {
  memoryLimitBytes?: number;
  /** What the processes of the limiting group hold now and could not be dropped. */
  memoryUsedBytes?: number;
  /** Cores' worth of time per period; may be a fraction. */
  cpuQuota?: number;
}

/**
 * Every way the agent asks the machine about itself. Each may fail or hang: `detectHardware` gives it a deadline.
 * A probe resolves to undefined where the machine has no such thing, and rejects where it could not find out.
 */
export interface HardwareProbes {
  /** Never fails. */
  essentials(): Essentials;
  hostname(): Promise<string | undefined>;
  os(): Promise<Omit<DeviceFacts['os'], 'platform'>>;
  machine(): Promise<DeviceFacts['machine']>;
  cpu(): Promise<Pick<CpuFacts, 'model' | 'maxMhz' | 'instructionSets'>>;
  /** Logical cores this process may run on. */
  affinity(): Promise<number | undefined>;
  controlGroups(): Promise<ControlGroupLimits>;
  memory(): Promise<MemoryReading>;
  /** Bytes read plus written per second by the copying of about 100 ms. */
  bandwidth(signal: AbortSignal): Promise<number>;
  gpus(signal: AbortSignal): Promise<GpuFacts[]>;
  disk(): Promise<DeviceFacts['disk']>;
  power(): Promise<DeviceFacts['power']>;
  temperature(): Promise<number | undefined>;
  boot(): Promise<{ bootId?: string; uptimeMs: number }>;
}
