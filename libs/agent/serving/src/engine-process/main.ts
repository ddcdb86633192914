import type { Detokenize } from '@flotilla/agent-openai';
import { createThreadTuner } from '@flotilla/agent-serving-core';
import { FlotillaError } from '@flotilla/contracts';
import { oneAtATime } from '@flotilla/kernel';
import { z } from 'zod';
import { toEngineProblem } from '../engine-problem.ts';
import type { EngineInfo, SideContextKind } from '../engine.ts';
import { EngineCommand, type EngineReport, type RequestEvent } from '../protocol.ts';
import { addCounts, createBaseLane, type BaseLane } from './base-lane.ts';
import { createDetokenize } from './detokenize.ts';
import { createGrammarCache, type GrammarCache } from './grammar/grammar-cache.ts';
import { createJob } from './job.ts';
import { loadModel, type LoadedModel } from './load-model.ts';
import { openPrefixCache } from './prefix-cache/prefix-cache.ts';
import { readPrompt, renderPrompt, type PromptReader } from './read-prompt.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import type { SideContext } from './side-context.ts';
import { createEmbedder, type Embedder } from './vectors/embedder.ts';
import { createRanker, type Ranker } from './vectors/ranker.ts';
import { prepareTokenStream, tooAmbiguous } from './token-stream.ts';

/**
 * The engine process: one model, one scheduler, spoken to over the IPC channel.
 *
 * It ends when told to, or when the supervisor is gone: an orphan would hold the memory that its
 * successor needs.
 */
interface Serving {
  loaded: LoadedModel;
  reader: PromptReader;
  scheduler: Scheduler;
  base: BaseLane;
  grammars: GrammarCache;
  detokenize: Detokenize;
  embedder: Embedder;
  ranker: Ranker;
}

/** The contexts of an engine share its threads and its one worker: beside each other, each would be slower than in turn. */
const compute = oneAtATime();
/** A token under a grammar is timed, so none waits for another one's. */
const sampleUnderGrammar = oneAtATime();
const now = (): number => performance.now();
const Numbered = z.object({ type: z.string(), id: z.int() });
let serving: Serving | undefined;
/** Requests that are made ready; a cancelled one leaves before it comes to the scheduler. */
const starting = new Set<number>();
/** Questions that take a while, and may be cancelled. */
const asking = new Map<number, AbortController>();

function report(message: EngineReport): void {
  if (process.connected) process.send?.(message);
}

function tellEvents(events: RequestEvent[]): void {
  report({ type: 'step', events });
}

async function load(command: Extract<EngineCommand, { type: 'load' }>): Promise<void> {
  try {
    const loaded = await loadModel(command.spec, now, tellProgress());
    const { model, template, vocabulary, info } = loaded;
    const reader: PromptReader = { model, template, vocabulary, contextTokens: info.contextTokens };
    const prefix = await openPrefixCache({
      spec: command.spec,
      info,
      compute,
      tokensOf: (messages) => readPrompt({ messages, tools: [] }, reader).tokens,
    });
    const [first] = loaded.sequences;
    // The others take it from the disk when they need it, which by then holds it in memory.
    if (first !== undefined) await prefix?.restore(first);
    const { threads, threadsLimit = threads } = command.spec;
    const tuner = createThreadTuner({ threads, limit: threadsLimit });
    const scheduler = createScheduler({
      sequences: loaded.sequences,
      batchTokens: info.batchTokens,
      prefix,
      now,
      onDecodeStep(step) {
        const threads = tuner.observe(step);
        if (threads !== undefined) loaded.llama.maxThreads = threads;
      },
      compute,
      report: tellEvents,
    });
    serving = {
      loaded,
      reader,
      scheduler,
      base: createBaseLane({ loaded, spec: command.spec, now, compute, report: tellEvents }),
      grammars: createGrammarCache(model),
      detokenize: createDetokenize(model, template.thinkingTags),
      embedder: createEmbedder({
        model,
        spec: command.spec,
        pooling: loaded.pooling,
        vocabularySize: vocabulary.size,
        compute,
      }),
      ranker: createRanker(model, command.spec, compute),
    };
    report({ type: 'ready', info: loaded.info });
  } catch (error) {
    report({ type: 'load-failed', problem: toEngineProblem(error, 'load-failed') });
  }
}

/** Hundreds of calls a second become at most fifty messages. */
function tellProgress(): (share: number) => void {
  let told = 0;
  return (share) => {
    if (share < told + 0.02) return;
    told = share;
    report({ type: 'loading', share });
  };
}

function served(): Serving {
  if (serving === undefined) throw new FlotillaError('loading', 'The model is not loaded yet.');
  return serving;
}

async function generate({ id, request }: Extract<EngineCommand, { type: 'generate' }>): Promise<void> {
  starting.add(id);
  try {
    const { loaded, reader, base, grammars, detokenize } = served();
    if (!loaded.pooling.isCausal || loaded.info.isReranker) throw writesNoText(loaded.info);
    const { tokens: prompt, thinking } = readPrompt(request, reader);
    const { contextTokens, thinkingTags } = loaded.info;
    const job = createJob({
      id,
      request,
      prompt,
      contextTokens,
      detokenize,
      thinking,
      thinkingTags,
      now,
    });
    const open = prepareTokenStream({
      request,
      prompt,
      generated: job.generated,
      contextTokens,
      model: loaded.model,
      vocabulary: loaded.vocabulary,
      grammar: request.grammar === undefined ? undefined : await grammars.start(request.grammar),
      inTurn: sampleUnderGrammar,
      onStuck: () => giveUp(id),
    });
    const withoutAdapter = request.adapter === false && loaded.info.hasAdapter;
    const scheduler = withoutAdapter ? (await base.side.open()).scheduler : served().scheduler;
    if (starting.has(id)) scheduler.submit(job, open);
  } catch (error) {
    report({ type: 'step', events: [{ kind: 'failed', id, problem: toEngineProblem(error) }] });
  } finally {
    starting.delete(id);
  }
}

function writesNoText({ isReranker }: Pick<EngineInfo, 'isReranker'>): FlotillaError {
  const does = isReranker ? 'ranks documents' : 'gives vectors';
  return new FlotillaError('unsupported-parameter', `The model ${does} and writes no text.`, {
    details: { field: 'model' },
  });
}

/** A thread of the library is lost in a grammar and cannot be called back: its request is told why, the process ends. */
function giveUp(id: number): void {
  const end = (): boolean => process.kill(process.pid, 'SIGKILL');
  const message: EngineReport = {
    type: 'step',
    events: [{ kind: 'failed', id, problem: toEngineProblem(tooAmbiguous()) }],
  };
  if (process.send === undefined || !process.send(message, end)) end();
}

function reply(id: number, answer: () => unknown): void {
  try {
    report({ type: 'reply', id, value: answer() });
  } catch (error) {
    report({ type: 'refusal', id, problem: toEngineProblem(error) });
  }
}

async function answer(id: number, work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const cancel = new AbortController();
  asking.set(id, cancel);
  try {
    report({ type: 'reply', id, value: await work(cancel.signal) });
  } catch (error) {
    report({ type: 'refusal', id, problem: toEngineProblem(error) });
  } finally {
    asking.delete(id);
  }
}

function sideOf(kind: SideContextKind): Pick<SideContext<unknown>, 'bytes' | 'close'> {
  const { embedder, ranker, base } = served();
  return { embedding: embedder, ranking: ranker, base }[kind].side;
}

function stats() {
  const { user, system } = process.cpuUsage();
  return {
    rssBytes: process.memoryUsage().rss,
    cpuSeconds: (user + system) / 1e6,
    threads: served().loaded.llama.maxThreads,
    ...addCounts(served().scheduler.counts(), served().base.counts()),
  };
}

function handle(command: EngineCommand): void {
  switch (command.type) {
    case 'load':
      void load(command);
      break;
    case 'generate':
      void generate(command);
      break;
    case 'cancel':
      starting.delete(command.id);
      asking.get(command.id)?.abort(new FlotillaError('aborted', 'It was cancelled.'));
      serving?.scheduler.cancel(command.id);
      serving?.base.cancel(command.id);
      break;
    case 'count-tokens':
      reply(command.id, () => readPrompt(command.request, served().reader).tokens.length);
      break;
    case 'tokenize':
      reply(command.id, () => served().loaded.model.tokenize(command.text, command.special));
      break;
    case 'detokenize':
      reply(command.id, () =>
        renderPrompt({ messages: [], prompt: command.tokens, tools: [] }, served().reader),
      );
      break;
    case 'render-prompt':
      reply(command.id, () => renderPrompt(command.request, served().reader));
      break;
    case 'embed':
      void answer(command.id, (signal) => served().embedder.embed(command.inputs, signal));
      break;
    case 'rank':
      void answer(command.id, (signal) => served().ranker.rank(command, signal));
      break;
    case 'side-bytes':
      void answer(command.id, () => sideOf(command.kind).bytes());
      break;
    case 'close-side':
      void answer(command.id, () => sideOf(command.kind).close());
      break;
    case 'stats':
      reply(command.id, stats);
      break;
    case 'stop':
      process.exit(0);
  }
}

/** One that cannot be read is refused by its number: others run here, and must not end with it. */
function receive(message: unknown): void {
  const command = EngineCommand.safeParse(message);
  if (command.success) return handle(command.data);
  const { type, id } = Numbered.parse(message);
  const cause = z.prettifyError(command.error);
  const problem = toEngineProblem(
    new FlotillaError('internal', `The engine cannot read \`${type}\`: ${cause}`),
  );
  if (type === 'generate') tellEvents([{ kind: 'failed', id, problem }]);
  else report({ type: 'refusal', id, problem });
}

process.on('message', receive);
process.on('disconnect', () => process.exit(0));
// The supervisor decides when an engine ends; a Ctrl-C in its terminal reaches us too.
process.on('SIGINT', () => undefined);
