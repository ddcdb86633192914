import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import {
  invalid,
  isConstrained,
  unsupported,
  type AnswerForm,
  type AnswerGrammar,
} from '@flotilla/agent-openai';
import { FlotillaError } from '@flotilla/contracts';

/** Turns what an answer must look like into a grammar. */
export interface GrammarCompiler {
  /**
   * Undefined for a form that asks for nothing.
   *
   * Throws `unsupported-parameter` or `invalid-input` naming the keyword by its path, `queue-full` while too many wait.
   */
  compile(form: AnswerForm): Promise<string | undefined>;
  /** Ends its thread; what still waits fails. A later `compile` starts another. */
  close(): Promise<void>;
}

/** Grammars that are kept: clients send the same schema with every request. */
const MOST_KEPT = 64;
const MOST_WAITING = 64;
/** A thread that had nothing to do for so long is given back. */
const IDLE_MS = 60_000;
/** A schema that needs more than this ends the thread, not the agent. */
const THREAD_MEMORY_MB = 256;

interface Job {
  form: AnswerForm;
  done: PromiseWithResolvers<AnswerGrammar>;
}

/**
 * A compiler in a thread of its own: schemas that people really send take up to 100 ms here, hostile ones up to
 * the limit of steps, some seconds, and the thread that serves must not stand still for that.
 */
export function createGrammarCompiler(): GrammarCompiler {
  const kept = new Map<string, Promise<AnswerGrammar>>();
  const jobs: Job[] = [];
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;

  function start(): Worker {
    const started = new Worker(fileURLToPath(workerEntry()), {
      execArgv: workerArguments(),
      resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MB },
    });
    // A grammar that nobody waits for any more must not keep the agent running.
    started.unref();
    started.on('message', (result: AnswerGrammar) => {
      jobs.shift()?.done.resolve(result);
      next();
    });
    started.on('error', (cause) => {
      if (worker === started) worker = undefined;
      const error = new FlotillaError('internal', 'The schema could not be compiled.', { cause });
      jobs.shift()?.done.reject(error);
      next();
    });
    return started;
  }

  function next(): void {
    clearTimeout(idle);
    const job = jobs[0];
    if (job === undefined) {
      idle = setTimeout(() => void close(), IDLE_MS).unref();
      return;
    }
    worker ??= start();
    worker.postMessage(job.form);
  }

  function enqueue(form: AnswerForm): Promise<AnswerGrammar> {
    if (jobs.length >= MOST_WAITING)
      throw new FlotillaError('queue-full', `${jobs.length} schemas wait to be compiled.`, {
        details: { retryAfterMs: 1_000, queuePosition: jobs.length },
      });
    const done = Promise.withResolvers<AnswerGrammar>();
    jobs.push({ form, done });
    if (jobs.length === 1) next();
    return done.promise;
  }

  function keep(key: string, form: AnswerForm): Promise<AnswerGrammar> {
    const known = kept.get(key);
    kept.delete(key);
    const result = known ?? enqueue(form);
    kept.set(key, result);
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST_KEPT) break;
      kept.delete(oldest);
    }
    if (known === undefined) result.catch(() => kept.delete(key));
    return result;
  }

  async function close(): Promise<void> {
    clearTimeout(idle);
    const ending = worker;
    worker = undefined;
    for (const { done } of jobs.splice(0))
      done.reject(new FlotillaError('draining', 'The box is being stopped.'));
    await ending?.terminate();
  }

  return {
    async compile(form) {
      if (!isConstrained(form)) return undefined;
      const result = await keep(JSON.stringify(form), form);
      if (result.ok) return result.grammar;
      const { kind, field, reason } = result.problem;
      throw kind === 'invalid' ? invalid(field, reason) : unsupported(field, reason);
    },
    close,
  };
}

const fromSource = import.meta.url.endsWith('.ts');

function workerEntry(): URL {
  return new URL(`./grammar-worker${fromSource ? '.ts' : '.js'}`, import.meta.url);
}

function workerArguments(): string[] {
  return fromSource ? ['--conditions=@flotilla/source', '--disable-warning=ExperimentalWarning'] : [];
}
