import { FlotillaError, type TelemetryAck, type TelemetryBatch } from '@flotilla/contracts';
import { retrySchedule, sleep, type Clock } from '@flotilla/kernel';
import type { SpoolBatch } from './spool.ts';

export interface SenderOptions {
  deviceId: string;
  spool: {
    head(): SpoolBatch | undefined;
    acknowledge(ack: { epoch: string; upTo: number }): number;
  };
  /** Resolves when the broker has it, which is not yet an acknowledgement; rejects while the line is down. */
  publish: (batch: TelemetryBatch) => Promise<void>;
  readBoot: () => { bootId: string; uptimeMs: number };
  clock: Clock;
  random: () => number;
  /** How long an acknowledgement may take before the batch is sent again. Default 20 s. */
  ackTimeoutMs?: number;
  /** A batch that could not be sent, or was not acknowledged; it is sent again. */
  onError?: (error: unknown) => void;
}

/**
 * Sends what the spool holds, one batch at a time, until the control plane has acknowledged it. The same rows may go
 * out twice, never in another order, and the control plane knows them by their sequence.
 */
export class Sender {
  readonly #options: SenderOptions;
  #abort: AbortController | undefined;
  #loop: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};
  #acked: (ack: TelemetryAck) => void = () => {};

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#abort) return;
    this.#abort = new AbortController();
    this.#loop = this.#run(this.#abort.signal);
  }

  async stop(): Promise<void> {
    this.#abort?.abort(new DOMException('the sender was stopped', 'AbortError'));
    await this.#loop;
    this.#abort = undefined;
  }

  /** There is a new row, or the line is up again. */
  wake(): void {
    this.#wake();
  }

  takeAck(ack: TelemetryAck): void {
    this.#options.spool.acknowledge(ack);
    this.#acked(ack);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, random, onError } = this.#options;
    const newDelays = () =>
      retrySchedule({ initialMs: 2_000, maxMs: 120_000, minMs: 500, random })[Symbol.iterator]();
    let delays = newDelays();
    while (!signal.aborted) {
      try {
        const batch = this.#options.spool.head();
        if (batch) {
          await this.#sendOne(batch, signal);
          delays = newDelays();
        } else {
          await this.#sleepUntilWoken(signal);
        }
      } catch (error) {
        if (signal.aborted) return;
        onError?.(error);
        const pause = AbortSignal.any([signal, this.#wokenSignal()]);
        await sleep({ clock, ms: delays.next().value ?? 120_000, signal: pause }).catch(() => {});
      }
    }
  }

  async #sendOne({ epoch, rows }: SpoolBatch, signal: AbortSignal): Promise<void> {
    const { deviceId, publish, readBoot, clock, ackTimeoutMs = 20_000 } = this.#options;
    const { bootId, uptimeMs } = readBoot();
    const last = rows.at(-1)?.sequence ?? 0;
    const acknowledged = new Promise<void>((resolve) => {
      this.#acked = (ack) => {
        if (ack.epoch === epoch && ack.upTo >= last) resolve();
      };
    });
    await publish({
      v: 1,
      deviceId,
      epoch,
      sentAt: clock.now(),
      sentUptimeMs: Math.round(uptimeMs),
      bootId,
      rows,
    });
    const late = new AbortController();
    try {
      const timeout = sleep({ clock, ms: ackTimeoutMs, signal: AbortSignal.any([signal, late.signal]) });
      await Promise.race([acknowledged, timeout.then(() => Promise.reject(notAcknowledged(last)))]);
    } finally {
      late.abort();
    }
  }

  async #sleepUntilWoken(signal: AbortSignal): Promise<void> {
    const woken = AbortSignal.any([signal, this.#wokenSignal()]);
    if (woken.aborted) return;
    await new Promise<void>((resolve) => woken.addEventListener('abort', () => resolve(), { once: true }));
  }

  #wokenSignal(): AbortSignal {
    const controller = new AbortController();
    this.#wake = () => controller.abort();
    return controller.signal;
  }
}

function notAcknowledged(sequence: number): FlotillaError {
  return new FlotillaError(
    'timeout',
    `The control plane did not acknowledge telemetry up to row ${sequence}.`,
  );
}
