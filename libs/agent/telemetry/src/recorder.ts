import type { HealthSample } from '@flotilla/contracts';
import type { Clock, Timer } from '@flotilla/kernel';
import type { EnergyMeter } from './energy-meter.ts';
import type { NewRow } from './spool.ts';
import { splitEnergy, type UsageAccumulator } from './usage-accumulator.ts';

export interface RecorderOptions {
  spool: { append(row: NewRow): { sequence: number } };
  usage: UsageAccumulator;
  energy: EnergyMeter;
  /** How the box is, over the time since the last call. */
  sampleHealth: () => Promise<HealthSample>;
  /** Of the running system; the uptime is monotonic. */
  readBoot: () => { bootId: string; uptimeMs: number };
  clock: Clock;
  /** Time between rows; asked anew for each. */
  intervalMs: () => number;
  /** Called after every row. */
  onRow?: (row: NewRow & { sequence: number }) => void;
  /** A row that could not be taken or written; the next one is tried as usual. */
  onError?: (error: unknown) => void;
}

/** Writes one row per interval, and what is left of one when it stops. */
export class Recorder {
  readonly #options: RecorderOptions;
  #timer: Timer | undefined;
  #startedAt = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  start(): void {
    this.#startedAt = this.#options.clock.monotonic();
    this.#arm();
  }

  /** Writes what was counted since the last row. Safe to repeat. */
  async stop(): Promise<void> {
    if (!this.#timer) return;
    this.#timer.cancel();
    this.#timer = undefined;
    await this.#running;
    await this.#record();
  }

  #arm(): void {
    const { clock, intervalMs } = this.#options;
    this.#timer = clock.setTimeout(() => {
      this.#running = this.#record().then(() => {
        if (this.#timer) this.#arm();
      });
    }, intervalMs());
  }

  async #record(): Promise<void> {
    const { spool, usage, energy, sampleHealth, readBoot, clock, onRow, onError } = this.#options;
    try {
      const health = await sampleHealth();
      const end = clock.monotonic();
      const intervalMs = Math.max(0, Math.round(end - this.#startedAt));
      const { cpuShare, memoryTotalBytes } = health;
      const total = energy.measure({ intervalMs, cpuShare, memoryTotalBytes });
      const { bootId, uptimeMs } = readBoot();
      // Taken last: whatever failed before leaves the counts for the next row.
      const services = splitEnergy({ usages: usage.take(), energy: total, intervalMs });
      this.#startedAt = end;
      const row: NewRow = {
        at: clock.now(),
        intervalMs,
        bootId,
        uptimeMs: Math.round(uptimeMs),
        health,
        energy: total,
        services,
      };
      const { sequence } = spool.append(row);
      onRow?.({ ...row, sequence });
    } catch (error) {
      onError?.(error);
    }
  }
}
