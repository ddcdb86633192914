import { toFlotillaError, type Desired, type Problem, type ServiceName } from '@flotilla/contracts';
import { ExclusiveRunner, retrySchedule, type Clock, type Timer, type TypedEvents } from '@flotilla/kernel';
import { afterLadder } from './after-ladder.ts';
import { runStep, type Executors } from './execute.ts';
import { judgeFailure } from './judge-failure.ts';
import type { Documents, FetchProgress } from './ports.ts';
import { GARBAGE } from './garbage.ts';
import { plan, type Plan } from './plan.ts';
import {
  standingFailures,
  type FailedRelease,
  type FailedVariant,
  type Limits,
  type ServiceRecord,
  type World,
} from './state.ts';
import { releaseOf, serviceOf, type Step } from './step.ts';

/** Everything that happens in the loop; log, status and metrics listen. */
export interface ReconcileEvents {
  'plan-made': { plan: Plan; world: World; desired: Desired | undefined; limits: Limits };
  'step-started': { step: Step };
  'fetch-progress': { service: ServiceName; progress: FetchProgress };
  'step-finished': { step: Step; durationMs: number };
  /** `retryInMs`: it is tried again then; without it the release failed, or the step was cut off. */
  'step-failed': { step: Step; problem: Problem; retryInMs?: number };
  'release-failed': { failure: FailedRelease };
  /** Its release goes on with a smaller variant. */
  'variant-failed': { failure: FailedVariant };
  'release-committed': { service: ServiceName; record: ServiceRecord };
  'service-retired': { service: ServiceName };
  /** The loop itself could not read the box; it is tried again. */
  'loop-failed': { problem: Problem; retryInMs: number };
}

export interface ReconcilerOptions {
  /** The box as it is now, without `retrying`, which the loop knows. */
  read: () => Promise<{ world: Omit<World, 'retrying'>; desired: Desired | undefined; limits: Limits }>;
  executors: Executors;
  documents: Pick<Documents, 'readDesired' | 'readCurrent' | 'readRollback' | 'writeRollback'>;
  events: TypedEvents<ReconcileEvents>;
  clock: Clock;
  random: () => number;
  /** First and longest wait before a failed step is tried again. Default 1 s and 5 min. */
  retry?: { initialMs?: number; maxMs?: number };
}

interface Retry {
  delays: Iterator<number>;
  problem: Problem;
  until: number;
}

/**
 * Reads the box, plans, does the next step, reads again, until nothing is left to do.
 *
 * INVARIANTS
 * - One step at a time; a new run starts only after the step of the one before has ended.
 * - A new desired document aborts the running step and forgets every wait; what was half done is planned again
 *   from what is true on the box.
 * - A step that fails in a way that may pass makes its service wait, by one jittered schedule; other services go on.
 * - A release or a variant that fails in any other way is written down as failed before the next plan is made.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #runner: ExclusiveRunner;
  readonly #retries = new Map<string, Retry>();
  readonly #attempts = new Map<string, number>();
  #same: { text: string; times: number } | undefined;
  #timer: Timer | undefined;
  #failing: Promise<void> = Promise.resolve();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#runner = new ExclusiveRunner({ run: (_, signal) => this.#reach(signal) });
  }

  /** Looks again, after whatever runs now. */
  wake(): void {
    void this.#runner.request();
  }

  /** The desired document changed: what runs is cut off, and all waits are over. */
  desiredChanged(): void {
    this.#retries.clear();
    this.#attempts.clear();
    void this.#runner.request(undefined, {
      cancel: new DOMException('the desired document changed', 'AbortError'),
    });
  }

  /** The engine of a record keeps ending however it is opened: writes it down, and goes on as `afterLadder` says. */
  async giveUpEngine(record: ServiceRecord, problem: Problem): Promise<void> {
    await this.#giveUp(record, problem);
    void this.#runner.request(undefined, {
      cancel: new DOMException('an engine was given up', 'AbortError'),
    });
  }

  /** The engine of a failed release, which nothing could replace, works again: it is as good as it was. */
  async forgetFailure({ service, release }: Pick<FailedRelease, 'service' | 'release'>): Promise<void> {
    await this.#inTurn(async () => {
      const { documents } = this.#options;
      const rollback = await documents.readRollback();
      const failed = rollback.failed.filter((one) => one.service !== service || one.release !== release);
      if (failed.length < rollback.failed.length) await documents.writeRollback({ ...rollback, failed });
    });
    this.wake();
  }

  /** Resolves when no step runs and none is waiting to run now. */
  idle(): Promise<void> {
    return this.#runner.idle();
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#runner.stop();
    this.#timer?.cancel();
  }

  async #reach(signal: AbortSignal): Promise<void> {
    this.#timer?.cancel();
    await this.#forgetFailures();
    for (;;) {
      signal.throwIfAborted();
      const next = await this.#readAndPlan();
      if (next?.plan.kind !== 'steps') break;
      for (const step of next.plan.steps) {
        if (!(await this.#runOne(step, { signal, desired: next.desired, limits: next.limits }))) break;
      }
    }
    this.#armTimer();
  }

  async #readAndPlan() {
    const { read, events, clock } = this.#options;
    try {
      const { world, desired, limits } = await read();
      const full: World = { ...world, retrying: this.#waiting(clock.monotonic()) };
      const next = plan({ world: full, desired, limits });
      events.emit('plan-made', { plan: next, world: full, desired, limits });
      this.#retries.delete(READ);
      return { plan: next, desired, limits };
    } catch (error) {
      const problem = toFlotillaError(error).toProblem();
      events.emit('loop-failed', { problem, retryInMs: this.#wait(READ, problem) });
      return undefined;
    }
  }

  /** Whether the steps after this one may still be right. */
  async #runOne(
    step: Step,
    context: { signal: AbortSignal; desired: Desired | undefined; limits: Limits },
  ): Promise<boolean> {
    const { events, executors, clock } = this.#options;
    const startedAt = clock.monotonic();
    events.emit('step-started', { step });
    try {
      await runStep(executors, step, context);
    } catch (error) {
      const problem = toFlotillaError(error).toProblem();
      if (context.signal.aborted) {
        events.emit('step-failed', { step, problem });
        throw error;
      }
      await this.#judge(step, error, context);
      return false;
    }
    if (this.#repeats(step)) return false;
    this.#retries.delete(keyOf(step));
    events.emit('step-finished', { step, durationMs: clock.monotonic() - startedAt });
    return true;
  }

  /** A step that succeeds without effect would be planned for ever: it waits like one that failed. */
  #repeats(step: Step): boolean {
    const text = JSON.stringify(step);
    this.#same = text === this.#same?.text ? { text, times: this.#same.times + 1 } : { text, times: 1 };
    if (this.#same.times <= MOST_REPEATS) return false;
    const problem: Problem = {
      code: 'internal',
      detail: `The step ${step.kind} ran ${this.#same.times} times and changed nothing.`,
    };
    this.#options.events.emit('step-failed', { step, problem, retryInMs: this.#wait(keyOf(step), problem) });
    return true;
  }

  async #judge(step: Step, thrown: unknown, context: { desired: Desired | undefined }): Promise<void> {
    const { events, clock } = this.#options;
    const error = toFlotillaError(thrown);
    const problem = error.toProblem();
    const release = releaseOf(step);
    const service = serviceOf(step);
    const variant = 'record' in step ? step.record.placement.digest : '';
    const attempt = `${keyOf(step)} ${step.kind} ${release ?? ''} ${variant}`;
    const attempts = (this.#attempts.get(attempt) ?? 0) + 1;
    this.#attempts.set(attempt, attempts);
    const verdict = judgeFailure({ step, code: error.code, retryable: error.retryable, attempts });
    if (verdict === 'retry' || release === undefined || service === undefined) {
      events.emit('step-failed', { step, problem, retryInMs: this.#wait(keyOf(step), problem) });
      return;
    }
    events.emit('step-failed', { step, problem });
    this.#retries.delete(keyOf(step));
    if (verdict === 'fail-engine' && 'record' in step) await this.#giveUp(step.record, problem);
    else {
      const revision = revisionOf(step, context.desired);
      await this.#recordFailure({ service, release, revision, problem, at: clock.now() });
    }
  }

  /** A smaller variant of the release takes over, or the release fails. */
  async #giveUp(record: ServiceRecord, problem: Problem): Promise<void> {
    const { read, clock } = this.#options;
    const { service, release, revision, placement } = record;
    const { digest, variant, bytes } = placement;
    const failure = { service, release, problem, at: clock.now() };
    const { world, desired } = await read();
    switch (afterLadder({ world, desired, record })) {
      case 'smaller-variant':
        return this.#recordFailedVariant({ ...failure, digest, variant, bytes });
      case 'last-good-release':
        return this.#recordFailure({ ...failure, revision });
    }
  }

  /** Those of releases that nobody wants any more: naming one of them again is a new intention. */
  #forgetFailures(): Promise<void> {
    return this.#inTurn(async () => {
      const { documents } = this.#options;
      const [desired, current, rollback] = await Promise.all([
        documents.readDesired(),
        documents.readCurrent(),
        documents.readRollback(),
      ]);
      const failed = desired
        ? standingFailures({ failed: rollback.failed, desired, current })
        : rollback.failed;
      const before = rollback.failedVariants ?? [];
      const failedVariants = desired ? standingFailures({ failed: before, desired, current }) : before;
      if (failed.length < rollback.failed.length || failedVariants.length < before.length)
        await documents.writeRollback({ ...rollback, failed, failedVariants });
    }).catch(() => undefined); // what cannot be read is told by the reading of the box
  }

  /** One after another: two failures at once must not lose each other's line in the document. */
  #recordFailure(failure: FailedRelease): Promise<void> {
    const { documents, events } = this.#options;
    return this.#inTurn(async () => {
      const rollback = await documents.readRollback();
      const rest = rollback.failed.filter(
        ({ service, release }) => service !== failure.service || release !== failure.release,
      );
      await documents.writeRollback({ ...rollback, failed: [...rest, failure].slice(-64) });
      events.emit('release-failed', { failure });
    });
  }

  #recordFailedVariant(failure: FailedVariant): Promise<void> {
    const { documents, events } = this.#options;
    return this.#inTurn(async () => {
      const rollback = await documents.readRollback();
      const rest = (rollback.failedVariants ?? []).filter(
        ({ release, digest }) => release !== failure.release || digest !== failure.digest,
      );
      await documents.writeRollback({ ...rollback, failedVariants: [...rest, failure].slice(-64) });
      events.emit('variant-failed', { failure });
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#failing.then(work);
    this.#failing = turn.catch(() => undefined);
    return turn;
  }

  #waiting(now: number): ReadonlyMap<string, Problem> {
    return new Map(
      [...this.#retries].filter(([, { until }]) => until > now).map(([key, { problem }]) => [key, problem]),
    );
  }

  #wait(key: string, problem: Problem): number {
    const { clock, random, retry } = this.#options;
    const delays =
      this.#retries.get(key)?.delays ??
      retrySchedule({ initialMs: 1_000, maxMs: 300_000, minMs: 250, ...retry, random })[Symbol.iterator]();
    const delay = delays.next();
    const delayMs = delay.done === true ? 300_000 : delay.value;
    this.#retries.set(key, { delays, problem, until: clock.monotonic() + delayMs });
    return delayMs;
  }

  /** Blocked on something that may pass, a full disk above all: looked at again without anybody asking. */
  #armTimer(): void {
    const { clock } = this.#options;
    const now = clock.monotonic();
    const waits = [...this.#retries.values()].map(({ until }) => until - now).filter((ms) => ms > 0);
    this.#timer = clock.setTimeout(() => this.wake(), Math.min(RECHECK_MS, ...waits));
  }
}

const MOST_REPEATS = 5;
const READ = '-read-';
/** How long the loop sleeps at most: what it reads may change without a word. */
const RECHECK_MS = 60_000;

function keyOf(step: Step): string {
  return serviceOf(step) ?? GARBAGE;
}

function revisionOf(step: Step, desired: Desired | undefined): number {
  if ('record' in step) return step.record.revision;
  const service = serviceOf(step);
  return desired?.services.find((entry) => entry.service === service)?.revision ?? 1;
}
