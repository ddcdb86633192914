import { createContext, Script } from 'node:vm';

import type { RegexMatcher, SchemaValidator } from '@flotilla/agent-reconcile';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** An expectation whose test takes longer than this counts as one that cannot be tested. */
const TEST_MS = 1_000;
/** Compiling tests nothing and so ends, but the code of it is cold, and the box may be busy: it must not fail for that. */
const COMPILE_MS = 10_000;

/** A test that had the processor for less than this when its time was over has not run away: the box was busy. */
const RUNAWAY_CPU_MS = 50;
const TRIES = 5;

/** Ends a pattern that does not end by itself: the engine of V8 looks for this interrupt while it backtracks. */
export const matchesRegex: RegexMatcher = ({ pattern, flags, text }) =>
  unlessBusy(() => {
    const context = createContext({ pattern, flags, text, found: false });
    new Script('found = new RegExp(pattern, flags).test(text)').runInContext(context, { timeout: TEST_MS });
    return context['found'] === true;
  });

/** JSON Schema 2020-12, each schema compiled for its one use; a `pattern` in it is ended as any other is. */
export const fitsSchema: SchemaValidator = ({ schema, value }) => {
  const validate = within(COMPILE_MS, () => new Ajv2020({ strict: false, allErrors: false }).compile(schema));
  // A schema that says `$async` answers with a promise, which is no verdict.
  return unlessBusy(() => within(TEST_MS, () => validate(value))) === true;
};

/** The interrupt of a script ends what the script has called as well, inside a pattern too. Throws when it does. */
function within<Result>(timeout: number, run: () => Result): Result {
  return new Script('run()').runInContext(createContext({ run }), { timeout }) as Result;
}

/** The interrupt counts the time of the wall: a good release must not fail for a box that is busy elsewhere. */
function unlessBusy<Result>(test: () => Result): Result {
  for (let tries = 1; ; tries += 1) {
    const before = process.threadCpuUsage();
    try {
      return test();
    } catch (error) {
      const { user, system } = process.threadCpuUsage(before);
      const ranAway = (user + system) / 1_000 >= RUNAWAY_CPU_MS;
      if (!isTimeout(error) || ranAway || tries === TRIES) throw error;
    }
  }
}

/** It is an error of the context's realm, of another class than ours. */
function isTimeout(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown };
  return code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
