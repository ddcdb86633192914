export { createLog, LOG_LEVELS, type Log, type LogLevel, type LogOptions } from './create-log.ts';
export { REDACTED, SECRET_FIELDS } from './secrets.ts';
