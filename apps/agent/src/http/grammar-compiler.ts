import { createHash } from 'node:crypto';

import {
  invalid,
  isConstrained,
  unsupported,
  type AnswerForm,
  type AnswerGrammar,
} from '@flotilla/agent-openai';
import { createFairQueue, createSpeedMeter, estimateWaitMs } from '@flotilla/agent-serving-core';
import { FlotillaError, toFlotillaError } from '@flotilla/contracts';
import { createGrammarThread } from './grammar-thread.ts';
import { heldSchemas } from './held-schemas.ts';

/** Turns what an answer must look like into a grammar. */
export interface GrammarCompiler {
  /**
   * Undefined for a form that asks for nothing.
   *
   * Throws `unsupported-parameter` or `invalid-input` naming the keyword by its path, `queue-full` with `retryAfterMs`
   * while too many wait, and what aborted the caller's signal.
   */
  compile(form: AnswerForm, caller?: GrammarCaller): Promise<string | undefined>;
  /** Ends its thread; what still waits fails. A later `compile` starts another. */
  close(): Promise<void>;
}

/** Who wants a grammar. */
export interface GrammarCaller {
  /** Whose turn it takes in the queue. Default: one turn for all who say nothing. */
  key?: string;
  /** Higher ones go first. Default 0. */
  priority?: number;
  /** Aborts where the caller waits no longer: what nobody waits for leaves the queue. */
  signal?: AbortSignal;
}

export interface GrammarCompilerOptions {
  /** Longest that one form may take, in milliseconds. Default 20,000. */
  deadlineMs?: number;
  /** Milliseconds of a clock that never goes back. Default `performance.now`. */
  now?: () => number;
}

/** Grammars that are kept: clients send the same schema with every request. */
const MOST_KEPT = 64;
const MOST_WAITING = 64;
/** The compiler's own bound of a schema (`schemaBytes`): what is larger is neither carried to the thread nor kept. */
const MOST_SCHEMA_BYTES = 65_536;

interface Job {
  /** Under which it is kept. */
  name: string;
  form: AnswerForm;
  done: PromiseWithResolvers<AnswerGrammar>;
  /** Callers that wait for it. */
  waiting: number;
}

/**
 * A compiler in a thread of its own: schemas that people really send take up to 100 ms here, hostile ones up to
 * the limit of steps, some seconds, and the thread that serves must not stand still for that.
 *
 * One form is compiled at a time, those of each key in turn. What runs goes on when its caller leaves: it is kept for
 * when the caller comes back.
 */
export function createGrammarCompiler({
  deadlineMs,
  now = () => performance.now(),
}: GrammarCompilerOptions = {}): GrammarCompiler {
  const thread = createGrammarThread({ deadlineMs });
  const kept = new Map<string, Job>();
  const queue = createFairQueue<Job>({ limit: MOST_WAITING });
  const meter = createSpeedMeter();
  let runsSince: number | undefined;

  async function work(): Promise<void> {
    if (runsSince !== undefined) return;
    for (let job = queue.take(); job !== undefined; job = queue.take()) {
      const since = now();
      runsSince = since;
      await thread.compile(job.form).then(job.done.resolve, (error: unknown) => fail(job, error));
      meter.observe({ runMs: now() - since });
      runsSince = undefined;
    }
  }

  function enqueue(name: string, form: AnswerForm, { key = '', priority = 0 }: GrammarCaller): Job {
    if (!queue.hasRoom(key, priority)) throw full(queue.positionFor(key, priority));
    const job: Job = { name, form, done: Promise.withResolvers(), waiting: 0 };
    const displaced = queue.push(key, job, priority);
    if (displaced !== undefined) fail(displaced, full(queue.size));
    void work();
    return job;
  }

  /** Forgotten at once: who comes next must not wait for it. */
  function fail(job: Job, error: unknown): void {
    if (kept.get(job.name) === job) kept.delete(job.name);
    job.done.reject(error);
  }

  function full(ahead: number): FlotillaError {
    const runningMs = runsSince === undefined ? [] : [now() - runsSince];
    const retryAfterMs = estimateWaitMs({ ahead, sequences: 1, meanRunMs: meter.meanRunMs, runningMs });
    return new FlotillaError('queue-full', `${queue.size} schemas wait to be compiled.`, {
      details: { retryAfterMs, queuePosition: ahead + 1 },
    });
  }

  function keep(form: AnswerForm, caller: GrammarCaller): Job {
    const name = createHash('sha256').update(JSON.stringify(form)).digest('base64');
    const known = kept.get(name);
    const job = known ?? enqueue(name, form, caller);
    kept.delete(name);
    kept.set(name, job);
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST_KEPT) break;
      kept.delete(oldest);
    }
    return job;
  }

  async function resultOf(job: Job, signal: AbortSignal | undefined): Promise<AnswerGrammar> {
    job.waiting += 1;
    try {
      return await unlessAborted(job.done.promise, signal);
    } finally {
      job.waiting -= 1;
      if (job.waiting === 0 && queue.remove(job))
        fail(job, new FlotillaError('aborted', 'Nobody waits for this grammar any more.'));
    }
  }

  return {
    async compile(form, caller = {}) {
      if (!isConstrained(form)) return undefined;
      caller.signal?.throwIfAborted();
      const large = tooLarge(form);
      if (large !== undefined) throw large;
      const result = await resultOf(keep(form, caller), caller.signal);
      if (result.ok) return result.grammar;
      const { kind, field, reason } = result.problem;
      throw kind === 'invalid' ? invalid(field, reason) : unsupported(field, reason);
    },
    async close() {
      for (const job of queue.clear()) fail(job, new FlotillaError('draining', 'The box is being stopped.'));
      await thread.close();
    },
  };
}

function tooLarge(form: AnswerForm): FlotillaError | undefined {
  const large = heldSchemas(form).find(
    ({ schema }) => Buffer.byteLength(JSON.stringify(schema)) > MOST_SCHEMA_BYTES,
  );
  return large && unsupported(large.field, `the schema is larger than ${MOST_SCHEMA_BYTES} bytes`);
}

function unlessAborted<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return result;
  const gone = Promise.withResolvers<never>();
  const leave = (): void => gone.reject(toFlotillaError(signal.reason));
  signal.addEventListener('abort', leave, { once: true });
  return Promise.race([result, gone.promise]).finally(() => signal.removeEventListener('abort', leave));
}
