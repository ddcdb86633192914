import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';

import { lineStream } from './line-stream.ts';
import { REDACTED, SECRET_PATHS } from './secrets.ts';

/** One logger of a part: `log.child({ component: 'pull' })`. The message is a fixed phrase, facts are fields. */
export type Log = Logger;

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  /** Least level that is written. `warn` means that someone may act. */
  level: LogLevel;
  /** The program: `agent`, `control-plane`. */
  name: string;
  /** Where lines go. Default: standard output, written at once, so that a crash loses none. */
  destination?: DestinationStream;
  /** One line for people instead of JSON. Default false; give `process.stdout.isTTY`. */
  pretty?: boolean;
}

/**
 * The root logger of a process. JSON lines with `time` in ISO 8601 UTC.
 *
 * Fields with the name of a secret (`password`, `token`, `authorization`, ...) are hidden down to the third level,
 * prompts and completions likewise: they never leave the box, and a log file does. It is a net, not a licence:
 * log no such field.
 */
export function createLog({ level, name, destination, pretty = false }: LogOptions): Log {
  const target = destination ?? pino.destination({ fd: 1, sync: true });
  const serialize = (error: unknown): unknown => serializeError(error, { everyStack: isVerbose(level) });
  return pino(
    {
      level,
      base: { name },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: [...SECRET_PATHS], censor: REDACTED },
      serializers: { error: serialize, err: serialize },
    },
    pretty ? lineStream(target) : target,
  );
}

const isVerbose = (level: LogLevel): boolean => level === 'trace' || level === 'debug';

/**
 * An error as fields: its code and details where it has them, and the chain of its causes. One whose code says what
 * happened needs no stack below `debug`: a broker that is away for a night would fill the log with the same one.
 */
function serializeError(error: unknown, { everyStack }: { everyStack: boolean }): unknown {
  if (!(error instanceof Error)) return error;
  const { code, details } = error as { code?: unknown; details?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(details === undefined ? {} : { details }),
    ...(everyStack || !saysWhatHappened(code) ? { stack: error.stack } : {}),
    ...(error.cause === undefined ? {} : { cause: serializeError(error.cause, { everyStack }) }),
  };
}

/** `internal` and Node's `ERR_…` codes are faults of a program: there the stack is the answer. */
function saysWhatHappened(code: unknown): boolean {
  return typeof code === 'string' && code !== 'internal' && !code.startsWith('ERR_');
}
