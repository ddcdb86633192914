/** How one request to run ended. Requests never reject, so that nobody has to wait for them. */
export type RunOutcome<Result> =
  | { kind: 'finished'; result: Result }
  | { kind: 'failed'; error: unknown }
  /** It was told to abort, before it ran or while it ran, and ended by throwing. */
  | { kind: 'cancelled' }
  /** It never ran: a later request took its place, or the runner was stopped. */
  | { kind: 'superseded' };

interface Request<Input, Result> {
  input: Input;
  settle: (outcome: RunOutcome<Result>) => void;
}

/**
 * Runs one function at a time and remembers only the newest request for another run.
 *
 * INVARIANTS
 * - At most one run is under way; the next starts only after the promise of the one before has settled,
 *   also when that one was cancelled. A run that ignores its signal delays the next; it never overlaps with it.
 * - At most one request waits. A newer one takes its place, and the replaced one settles as `superseded`.
 * - Every request settles exactly once.
 * - A signal is aborted at most once and belongs to one run only; a run that finishes despite it is `finished`.
 * - After `stop` nothing starts.
 * - The function must not wait for its own runner (`request`, `idle` or `stop`): it would wait for itself.
 *   Calling `request` without waiting is allowed, and is how a run asks for another one after itself.
 */
export class ExclusiveRunner<Input = void, Result = void> {
  readonly #run: (input: Input, signal: AbortSignal) => Promise<Result>;
  #running: { controller: AbortController; done: Promise<void> } | undefined;
  #waiting: Request<Input, Result> | undefined;
  #stopped = false;

  constructor({ run }: { run: (input: Input, signal: AbortSignal) => Promise<Result> }) {
    this.#run = run;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /**
   * Asks for a run with this input: now if nothing runs, else after the run under way.
   *
   * @param options.cancel aborts the run under way with this reason; default: it is left to end by itself.
   */
  request(input: Input, { cancel }: { cancel?: unknown } = {}): Promise<RunOutcome<Result>> {
    return new Promise((settle) => {
      if (this.#stopped) {
        settle({ kind: 'superseded' });
        return;
      }
      this.#waiting?.settle({ kind: 'superseded' });
      this.#waiting = { input, settle };
      if (cancel !== undefined) this.#running?.controller.abort(cancel);
      this.#startNext();
    });
  }

  /** Aborts the run under way, if any; a waiting request still gets its turn. */
  cancel(reason: unknown): void {
    this.#running?.controller.abort(reason);
  }

  /** Resolves when nothing runs and nothing waits. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running.done;
  }

  /** Drops what waits, aborts what runs, refuses what comes, and resolves when the run has ended. Safe to repeat. */
  async stop(reason: unknown = new DOMException('the runner was stopped', 'AbortError')): Promise<void> {
    this.#stopped = true;
    this.#waiting?.settle({ kind: 'superseded' });
    this.#waiting = undefined;
    this.#running?.controller.abort(reason);
    await this.idle();
  }

  #startNext(): void {
    const next = this.#waiting;
    if (this.#running || !next) return;
    this.#waiting = undefined;
    const controller = new AbortController();
    const done = this.#execute(next, controller.signal).then(() => {
      this.#running = undefined;
      this.#startNext();
    });
    this.#running = { controller, done };
  }

  async #execute({ input, settle }: Request<Input, Result>, signal: AbortSignal): Promise<void> {
    await Promise.resolve(); // so that the function never runs inside the caller of request
    try {
      signal.throwIfAborted();
      settle({ kind: 'finished', result: await this.#run(input, signal) });
    } catch (error) {
      settle(signal.aborted ? { kind: 'cancelled' } : { kind: 'failed', error });
    }
  }
}
