export { assertNever } from './assert-never.ts';
export { canonicalJson } from './canonical-json.ts';
export { sleep, systemClock, type Clock, type Timer } from './clock.ts';
export { formatDuration, parseDuration } from './duration.ts';
export { ExclusiveRunner, type RunOutcome } from './exclusive-runner.ts';
export { retrySchedule, type RetryScheduleOptions } from './retry-schedule.ts';
export { TypedEvents, type AnyListener, type Listener } from './typed-events.ts';
export { uuidV7 } from './uuid-v7.ts';
