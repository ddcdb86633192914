import { FlotillaError, PROBLEM_CODES, toFlotillaError, type ProblemCode } from '@flotilla/contracts';
import type { EngineProblem } from './protocol.ts';

const KNOWN: ReadonlySet<string> = new Set(PROBLEM_CODES);

/** An error as data for the other process. */
export function toEngineProblem(error: unknown, fallback: ProblemCode = 'internal'): EngineProblem {
  const { code, message, details } = toFlotillaError(error, fallback);
  return { code, message, details };
}

/** The error again, on this side of the process border. */
export function fromEngineProblem(problem: EngineProblem): FlotillaError {
  const code = isProblemCode(problem.code) ? problem.code : 'internal';
  return new FlotillaError(code, problem.message, { details: problem.details });
}

function isProblemCode(code: string): code is ProblemCode {
  return KNOWN.has(code);
}
