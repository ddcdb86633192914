import { isFlotillaError, type Reported } from '@flotilla/contracts';
import type { Clock, Timer } from '@flotilla/kernel';

export interface ReportedPublisherOptions {
  read: () => Promise<Reported>;
  /** Rejects while the line is down. */
  publish: (reported: Reported) => Promise<void>;
  clock: Clock;
  /** Least time between two documents. Default 1 s. */
  changeMs?: number;
  /** Least time between two of which only a download has moved on. Default 2 s. */
  progressMs?: number;
  /** A document is sent this often although nothing changed. Default 3 min. */
  heartbeatMs?: number;
  onError?: (error: unknown) => void;
}

/**
 * Sends the whole reported document when it changed, at most once a second, and now and then without a change. What
 * happens meanwhile is in the next one; while the line is down nothing is kept, and a new line begins with a document.
 */
export class ReportedPublisher {
  readonly #options: ReportedPublisherOptions;
  #timer: Timer | undefined;
  #dueAt = Infinity;
  #lastAt = -Infinity;
  #sending: Promise<void> | undefined;
  #again = false;
  #stopped = true;

  constructor(options: ReportedPublisherOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopped = false;
    this.#arm(this.#options.heartbeatMs ?? 180_000);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#sending;
  }

  changed(): void {
    this.#request(this.#options.changeMs ?? 1_000);
  }

  progressed(): void {
    this.#request(this.#options.progressMs ?? 2_000);
  }

  /** Sends now, whatever was sent a moment ago: a new line, or somebody asked. */
  async sendNow(): Promise<void> {
    if (this.#sending) {
      this.#again = true;
      return this.#sending;
    }
    this.#timer?.cancel();
    this.#sending = this.#send();
    await this.#sending;
  }

  #request(leastMs: number): void {
    const { clock } = this.#options;
    if (this.#stopped) return;
    if (this.#sending) {
      this.#again = true;
      return;
    }
    const dueAt = Math.max(clock.monotonic(), this.#lastAt + leastMs);
    if (dueAt < this.#dueAt) this.#arm(dueAt - clock.monotonic());
  }

  #arm(ms: number): void {
    const { clock } = this.#options;
    this.#timer?.cancel();
    this.#dueAt = clock.monotonic() + ms;
    this.#timer = clock.setTimeout(() => void this.sendNow(), ms);
  }

  async #send(): Promise<void> {
    const { read, publish, clock, onError, heartbeatMs = 180_000 } = this.#options;
    this.#again = false;
    this.#dueAt = Infinity;
    try {
      const reported = await read();
      await publish(reported).catch(async (error: unknown) => {
        if (!isFlotillaError(error) || error.code !== 'too-large') throw error;
        await publish(withoutReasons(reported));
      });
    } catch (error) {
      onError?.(error);
    }
    this.#lastAt = clock.monotonic();
    this.#sending = undefined;
    if (this.#stopped) return;
    if (this.#again) this.changed();
    else if (this.#dueAt === Infinity) this.#arm(heartbeatMs);
  }
}

/** Many services with many candidates may pass the limit of a message: then what serves matters more than why. */
function withoutReasons(reported: Reported): Reported {
  return { ...reported, services: reported.services.map(({ resolution: _, ...rest }) => rest) };
}
