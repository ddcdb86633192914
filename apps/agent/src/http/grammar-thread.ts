import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import { unsupported, type AnswerForm, type AnswerGrammar } from '@flotilla/agent-openai';
import { FlotillaError, toFlotillaError } from '@flotilla/contracts';
import { systemCode } from '@flotilla/platform-files';
import { heldSchemas } from './held-schemas.ts';

/** A thread that compiles one form after the other, so that the one that serves goes on. */
export interface GrammarThread {
  /**
   * Compiles one form, after the one before it has ended.
   *
   * Throws `unsupported-parameter` for one that takes too long or too much memory, `draining` when the thread is closed.
   */
  compile(form: AnswerForm): Promise<AnswerGrammar>;
  /** Ends the thread. A later `compile` starts another. */
  close(): Promise<void>;
}

/**
 * Longest that one form may take: many times what real ones do on a slow core. The compiler counts its steps for each
 * schema; this bounds a form of many schemas, and what no step was counted for.
 */
const DEADLINE_MS = 20_000;
/** A thread that had nothing to do for so long is given back. */
const IDLE_MS = 60_000;
/** A schema that needs more than this ends the thread, not the agent. */
const THREAD_MEMORY_MB = 256;

export function createGrammarThread({
  deadlineMs = DEADLINE_MS,
}: { deadlineMs?: number } = {}): GrammarThread {
  let worker: Worker | undefined;
  let running: AbortController | undefined;
  let idle: NodeJS.Timeout | undefined;

  function start(): Worker {
    const started = new Worker(fileURLToPath(workerEntry()), {
      execArgv: workerArguments(),
      resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MB },
    });
    // A grammar that nobody waits for any more must not keep the agent running.
    started.unref();
    started.on('error', () => {
      if (worker === started) worker = undefined;
    });
    return started;
  }

  async function end(): Promise<void> {
    clearTimeout(idle);
    const ended = worker;
    worker = undefined;
    await ended?.terminate();
  }

  return {
    async compile(form) {
      clearTimeout(idle);
      worker ??= start();
      const current = (running = new AbortController());
      const late = setTimeout(() => current.abort(tooExpensive(form)), deadlineMs).unref();
      try {
        const answered = once(worker, 'message', { signal: current.signal });
        worker.postMessage(form);
        const [result] = (await answered) as [AnswerGrammar];
        return result;
      } catch (cause) {
        await end();
        if (current.signal.aborted) throw toFlotillaError(current.signal.reason);
        if (systemCode(cause) === 'ERR_WORKER_OUT_OF_MEMORY') throw tooExpensive(form);
        throw new FlotillaError('internal', 'The schema could not be compiled.', { cause });
      } finally {
        clearTimeout(late);
        idle = setTimeout(() => void end(), IDLE_MS).unref();
      }
    },
    async close() {
      running?.abort(new FlotillaError('draining', 'The box is being stopped.'));
      await end();
    },
  };
}

function tooExpensive(form: AnswerForm): FlotillaError {
  return unsupported(
    heldSchemas(form)[0]?.field ?? 'tools',
    'the schema is too expensive to compile; make it simpler, or bound less in it',
  );
}

const fromSource = import.meta.url.endsWith('.ts');

function workerEntry(): URL {
  return new URL(`./grammar-worker${fromSource ? '.ts' : '.js'}`, import.meta.url);
}

function workerArguments(): string[] {
  return fromSource ? ['--conditions=@flotilla/source', '--disable-warning=ExperimentalWarning'] : [];
}
