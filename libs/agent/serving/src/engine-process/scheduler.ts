import { setTimeout as delay } from 'node:timers/promises';
import { chooseSlot, planPrefill, sharedPrefix, type DecodeStep } from '@flotilla/agent-serving-core';
import { toFlotillaError } from '@flotilla/contracts';
import type { OneAtATime } from '@flotilla/kernel';
import type { LlamaContextSequence, Token } from 'node-llama-cpp';
import { toEngineProblem } from '../engine-problem.ts';
import type { RequestEvent } from '../protocol.ts';
import type { Job } from './job.ts';
import { asTokens } from './library-tokens.ts';
import type { PrefixCache } from './prefix-cache/prefix-cache.ts';
import { NO_SHIFT } from './sampling.ts';
import type { OpenTokenStream, TokenStream } from './token-stream.ts';

/**
 * How long a step's events wait where another step follows. Whoever they wake takes a core for a moment; if that is the
 * moment in which the library starts its second thread, both its threads share the other core for the rest of the step
 * (`docs/decisions/2026-11-26-one-worker.md`).
 */
const TELL_AFTER_MS = 1;
/** After a first token: it passes the supervisor before the next step takes every core. */
const REST_AFTER_FIRST_MS = 1;

/** One generating request on its sequence. `remaining` is prompt not yet read; `stream` exists once it samples. */
interface Live {
  job: Job;
  open: OpenTokenStream;
  sequence: LlamaContextSequence;
  remaining: Token[];
  stream: TokenStream | undefined;
  cancelled: boolean;
}

interface Slot {
  sequence: LlamaContextSequence;
  lastUsedAt: number;
  live: Live | undefined;
}

export interface SchedulerOptions {
  sequences: readonly LlamaContextSequence[];
  batchTokens: number;
  /** The system prompt that most requests begin with, if its state is kept. */
  prefix?: PrefixCache | undefined;
  now: () => number;
  /** Told of every step in which all streams got a token and no prompt was read. */
  onDecodeStep?: (step: DecodeStep) => void;
  /** Waits until nothing else of this engine computes. */
  compute: OneAtATime;
  /** Receives the events of one step or of several, in order; must not block. */
  report: (events: RequestEvent[]) => void;
}

export interface SchedulerCounts {
  running: number;
  waiting: number;
  steps: number;
  evaluatedTokens: number;
  generatedTokens: number;
}

export interface Scheduler {
  /** `open` starts its token stream, once its prompt is read but for the last chunk. */
  submit(job: Job, open: OpenTokenStream): void;
  cancel(id: number): void;
  counts(): SchedulerCounts;
}

/**
 * The one loop that runs the model.
 *
 * Invariants:
 * - All live sequences are asked for their next token together, so that they share one batch; independent
 *   loops fall apart into partial batches and lose half the speed.
 * - Requests join and leave only between steps, higher priorities first; prompt is read beside the live
 *   streams in parts that keep a step short for the majority (`planPrefill`).
 * - A step waits for the model only, never for whoever reads the answers. Its events leave in order.
 * - A sequence keeps its cache after a request, for the next one that shares its beginning.
 */
export function createScheduler({
  sequences,
  batchTokens,
  prefix,
  now,
  onDecodeStep,
  compute,
  report,
}: SchedulerOptions): Scheduler {
  const slots: Slot[] = sequences.map((sequence) => ({ sequence, lastUsedAt: 0, live: undefined }));
  const waiting: { job: Job; open: OpenTokenStream }[] = [];
  const counts = { steps: 0, evaluatedTokens: 0, generatedTokens: 0 };
  const untold: RequestEvent[] = [];
  let telling: NodeJS.Timeout | undefined;
  let running = false;

  const lives = (): Live[] => slots.flatMap((slot) => (slot.live === undefined ? [] : [slot.live]));

  async function release(live: Live): Promise<void> {
    const slot = slots.find((candidate) => candidate.live === live);
    if (slot === undefined) return;
    slot.live = undefined;
    slot.lastUsedAt = now();
    await live.stream?.return();
  }

  async function admit(events: RequestEvent[]): Promise<void> {
    for (;;) {
      const free = slots.filter((slot) => slot.live === undefined);
      const next = firstOf(waiting);
      if (next === undefined || free.length === 0) return;
      waiting.splice(waiting.indexOf(next), 1);
      const { job, open } = next;
      const restorable = prefix?.isKept === true && beginsWith(job.prompt, prefix) ? prefix.tokens.length : 0;
      const index = chooseSlot(
        free.map((slot) => ({
          cached: slot.sequence.contextTokens,
          lastUsedAt: slot.lastUsedAt,
          busyNeighbours: busyNeighbours(slots, slots.indexOf(slot)),
        })),
        job.prompt,
        restorable,
      );
      const slot = free[index ?? 0];
      if (slot === undefined) return;
      const { sequence } = slot;
      const live: Live = { job, open, sequence, remaining: [], stream: undefined, cancelled: false };
      slot.live = live; // before anything is waited for, so that a cancel finds it
      if (sharedPrefix(sequence.contextTokens, job.prompt) < restorable) await prefix?.restore(sequence);
      const prompt = asTokens(job.prompt);
      // One prompt token is always read anew: its logits give the first answer token.
      await sequence.adaptStateToTokens(prompt.slice(0, -1), false);
      if (live.cancelled) {
        await release(live);
        continue;
      }
      const cached = sequence.nextTokenIndex;
      live.remaining = prompt.slice(cached);
      events.push(job.begin(cached));
    }
  }

  async function readPrompt(live: Live, tokens: number): Promise<RequestEvent[]> {
    const chunk = live.remaining.splice(0, tokens);
    counts.evaluatedTokens += chunk.length;
    if (live.remaining.length > 0) {
      await live.sequence.evaluateWithoutGeneratingNewTokens(chunk, { contextShift: NO_SHIFT });
      return [];
    }
    live.stream = live.open(live.sequence, chunk);
    return nextToken(live, live.stream);
  }

  async function nextToken(live: Live, stream: NonNullable<Live['stream']>): Promise<RequestEvent[]> {
    const next = await stream.next();
    if (next.done === true) return live.job.end();
    counts.generatedTokens += 1;
    return live.job.accept(next.value.token, next.value.logprob);
  }

  async function advance(live: Live, work: () => Promise<RequestEvent[]>): Promise<RequestEvent[]> {
    try {
      return await work();
    } catch (error) {
      return [{ kind: 'failed', id: live.job.id, problem: toEngineProblem(toFlotillaError(error)) }];
    }
  }

  /** Resolves with those that ended well, and whether an answer began. */
  async function step(events: RequestEvent[]): Promise<{ ended: Live[]; began: boolean }> {
    const all = lives();
    const needs = all
      .filter((live) => live.stream === undefined)
      .map(({ job, remaining }) => ({
        id: job.id,
        remaining: remaining.length,
        priority: job.request.priority ?? 0,
      }));
    const streaming = all.length - needs.length;
    const shares = new Map(
      planPrefill(needs, streaming, batchTokens).map((share) => [share.id, share.tokens]),
    );
    const work = all.flatMap((live) => {
      const { stream } = live;
      if (stream !== undefined) return [{ live, run: () => nextToken(live, stream) }];
      const share = shares.get(live.job.id);
      return share === undefined ? [] : [{ live, run: () => readPrompt(live, share) }];
    });
    counts.steps += 1;
    counts.evaluatedTokens += streaming;
    const results = await compute(async () => {
      const startedAt = now();
      const answers = await Promise.all(work.map(({ live, run }) => advance(live, run)));
      const at = now();
      if (needs.length === 0) onDecodeStep?.({ streams: streaming, ms: at - startedAt, at });
      return answers;
    });
    const ended: Live[] = [];
    for (const [index, result] of results.entries()) {
      const live = work[index]?.live;
      if (live === undefined || live.cancelled) continue;
      events.push(...result);
      const last = result.at(-1);
      if (last?.kind === 'finished') {
        await release(live);
        ended.push(live);
      }
      if (last?.kind === 'failed') await forget(live);
    }
    return { ended, began: needs.some(({ id, remaining }) => shares.get(id) === remaining) };
  }

  /** The first answer that began with the system prompt leaves its state behind. */
  async function keepPrefix(ended: readonly Live[]): Promise<void> {
    if (prefix === undefined || prefix.isKept) return;
    const one = ended.find(({ job }) => beginsWith(job.prompt, prefix));
    if (one !== undefined) await prefix.keep(one.sequence);
  }

  /** After a failure the cache of the sequence is not to be trusted. */
  async function forget(live: Live): Promise<void> {
    await release(live);
    await live.sequence.clearHistory();
  }

  /** `isFirst`: an answer began. */
  async function tell(events: readonly RequestEvent[], isFirst: boolean): Promise<void> {
    untold.push(...events);
    if (untold.length === 0) return;
    const goesOn = lives().length + waiting.length > 0;
    if (goesOn && !isFirst) {
      telling ??= setTimeout(tellNow, TELL_AFTER_MS);
      return;
    }
    tellNow();
    if (goesOn) await delay(REST_AFTER_FIRST_MS);
  }

  function tellNow(): void {
    clearTimeout(telling);
    telling = undefined;
    report(untold.splice(0));
  }

  async function run(): Promise<void> {
    running = true;
    try {
      for (;;) {
        const events: RequestEvent[] = [];
        for (const live of lives()) if (live.cancelled) await release(live);
        await admit(events);
        const { ended, began } = lives().length > 0 ? await step(events) : { ended: [], began: false };
        await tell(events, began);
        await keepPrefix(ended);
        if (lives().length === 0 && waiting.length === 0) return;
      }
    } finally {
      if (untold.length > 0) tellNow();
      running = false;
    }
  }

  return {
    submit(job, open) {
      waiting.push({ job, open });
      // Were the loop itself to fail, the process ends and its supervisor starts a new one.
      if (!running) void run();
    },
    cancel(id) {
      const index = waiting.findIndex(({ job }) => job.id === id);
      if (index >= 0) waiting.splice(index, 1);
      for (const live of lives()) if (live.job.id === id) live.cancelled = true;
    },
    counts: () => ({ running: lives().length, waiting: waiting.length, ...counts }),
  };
}

/** A prompt that is no longer than the prefix has no token left to read anew. */
function beginsWith(prompt: readonly number[], { tokens }: PrefixCache): boolean {
  return prompt.length > tokens.length && sharedPrefix(prompt, tokens) === tokens.length;
}

function busyNeighbours(slots: readonly Slot[], index: number): number {
  return [slots[index - 1], slots[index + 1]].filter((slot) => slot?.live !== undefined).length;
}

/** The oldest of the highest priority. */
function firstOf<Waiting extends { job: Job }>(waiting: readonly Waiting[]): Waiting | undefined {
  const priorityOf = ({ job }: Waiting): number => job.request.priority ?? 0;
  const highest = Math.max(...waiting.map(priorityOf));
  return waiting.find((one) => priorityOf(one) === highest);
}
