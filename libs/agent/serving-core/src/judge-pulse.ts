/** How often an engine is asked how it is. */
export const PING_MS = 5_000;
/** Pings in a row without an answer after which a process counts as hung: its event loop never waits for a batch. */
const MOST_SILENT_PINGS = 12;
/** Pings without a step while requests run and the process uses no processor time. */
const MOST_IDLE_PINGS = 120;
/** The same while it computes: one batch of a large prompt on a small board takes minutes, hardly half an hour. */
const MOST_BUSY_PINGS = 360;
/** Part of one core under which a process computes nothing. */
const IDLE_CORE_SHARE = 0.02;

/** Counters of an engine since its start. */
interface Counters {
  steps: number;
  cpuSeconds: number;
}

/** What is remembered from one ping to the next. */
export interface Life {
  silent: number;
  stalledIdle: number;
  stalledBusy: number;
  last: Counters | undefined;
}

export const NEW_LIFE: Life = { silent: 0, stalledIdle: 0, stalledBusy: 0, last: undefined };

/** What the last ping brought: nothing, or how the engine is. */
export type Pulse = 'silent' | (Counters & { running: number });

/**
 * Whether an engine is alive, one ping further.
 *
 * Counts pings, never hours: a machine that slept, or a supervisor that was held up, adds one ping at most. An engine
 * that steps is alive however slow a step is; one that computes without a step for half an hour, waits without
 * computing for ten minutes, or gives no answer for a minute is hung.
 */
export function judgePulse(life: Life, pulse: Pulse): { life: Life; hung?: string } {
  if (pulse === 'silent') {
    const silent = life.silent + 1;
    const hung = silent >= MOST_SILENT_PINGS ? `it gave no answer ${silent} times in a row` : undefined;
    return { life: { ...life, silent }, ...(hung === undefined ? {} : { hung }) };
  }
  const { steps, cpuSeconds, running } = pulse;
  const last = { steps, cpuSeconds };
  if (running === 0 || life.last === undefined || steps !== life.last.steps)
    return { life: { ...NEW_LIFE, last } };
  const isIdle = cpuSeconds - life.last.cpuSeconds < (PING_MS / 1_000) * IDLE_CORE_SHARE;
  const stalledIdle = isIdle ? life.stalledIdle + 1 : 0;
  const stalledBusy = life.stalledBusy + 1;
  const next = { silent: 0, stalledIdle, stalledBusy, last };
  if (stalledIdle >= MOST_IDLE_PINGS)
    return { life: next, hung: `its requests stood still for ${stalledIdle} looks and it computed nothing` };
  if (stalledBusy >= MOST_BUSY_PINGS)
    return { life: next, hung: `its requests stood still for ${stalledBusy} looks` };
  return { life: next };
}
