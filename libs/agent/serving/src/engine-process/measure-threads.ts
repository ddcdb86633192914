import {
  LlamaLogLevel,
  getLlama,
  type LlamaContextSequence,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';
import { toEngineProblem } from '../engine-problem.ts';
import { MeasureCommand, type MeasureReport } from '../measure-protocol.ts';
import { asTokens } from './library-tokens.ts';

/** Rounds over all settings, where the first one left time; the best of each counts, because whatever else runs only makes it slower. */
const ROUNDS = 2;
/** A setting this far below the best is past the peak; the ones after it are worse. */
const PAST_PEAK = 0.5;
const WARM_UP_TOKENS = 2;
/** Enough that arithmetic and no longer memory holds it up; read in the time of some five tokens of an answer. */
const PROMPT_TOKENS = 16;
/** Share of a setting's time that goes to prompts. */
const PROMPT_TIME = 0.3;
const CONTEXT_TOKENS = 256;

const report = (message: MeasureReport): void => void process.send?.(message);

interface Speeds {
  tokensPerSecond: number;
  promptTokensPerSecond: number;
}

async function speedsWith(model: LlamaModel, threads: number, budgetMs: number): Promise<Speeds> {
  const context = await model.createContext({
    sequences: 1,
    contextSize: CONTEXT_TOKENS,
    batchSize: PROMPT_TOKENS,
    threads,
  });
  const sequence = context.getSequence();
  const promptTokensPerSecond = await promptSpeed(sequence, budgetMs * PROMPT_TIME);
  await sequence.clearHistory();
  const tokensPerSecond = await decodeSpeed(sequence, model, budgetMs * (1 - PROMPT_TIME));
  await context.dispose();
  return { tokensPerSecond, promptTokensPerSecond };
}

/** The fastest of as many prompts as the time allows. */
async function promptSpeed(sequence: LlamaContextSequence, budgetMs: number): Promise<number> {
  const prompt = asTokens(Array.from({ length: PROMPT_TOKENS }, (_, index) => index % 2));
  const startedAt = performance.now();
  let best = 0;
  do {
    await sequence.clearHistory();
    const readAt = performance.now();
    await sequence.evaluateWithoutGeneratingNewTokens(prompt);
    best = Math.max(best, (PROMPT_TOKENS * 1_000) / (performance.now() - readAt));
  } while (performance.now() - startedAt < budgetMs);
  return best;
}

async function decodeSpeed(
  sequence: LlamaContextSequence,
  model: LlamaModel,
  budgetMs: number,
): Promise<number> {
  const start: Token[] = model.tokenize('a b c d');
  let tokens = 0;
  let startedAt = performance.now();
  for await (const _token of sequence.evaluate(start, { temperature: 0, yieldEogToken: true })) {
    tokens += 1;
    if (tokens === WARM_UP_TOKENS) startedAt = performance.now();
    if (tokens > WARM_UP_TOKENS && performance.now() - startedAt >= budgetMs) break;
    if (tokens >= CONTEXT_TOKENS - start.length - 1) break;
  }
  return ((tokens - WARM_UP_TOKENS) * 1_000) / (performance.now() - startedAt);
}

async function measure(command: MeasureCommand): Promise<void> {
  const llama = await getLlama({
    build: 'never',
    skipDownload: true,
    gpu: command.gpu === 'auto' ? 'auto' : false,
    maxThreads: Math.max(...command.threads),
    logLevel: LlamaLogLevel.error,
    logger: () => undefined,
  });
  const model = await llama.loadModel({ modelPath: command.modelPath });
  const budgetMs = command.budgetMs / command.threads.length / ROUNDS;
  const speeds = new Map<number, Speeds>();
  const startedAt = performance.now();
  for (let round = 0; round < ROUNDS && performance.now() - startedAt < command.budgetMs; round += 1) {
    let best = 0;
    for (const threads of command.threads) {
      const found = await speedsWith(model, threads, budgetMs);
      speeds.set(threads, fasterOf(found, speeds.get(threads)));
      if (found.tokensPerSecond < best * PAST_PEAK) break;
      best = Math.max(best, found.tokensPerSecond);
    }
  }
  for (const [threads, found] of speeds) report({ type: 'measured', threads, ...found });
}

function fasterOf(one: Speeds, other: Speeds = one): Speeds {
  return {
    tokensPerSecond: Math.max(one.tokensPerSecond, other.tokensPerSecond),
    promptTokensPerSecond: Math.max(one.promptTokensPerSecond, other.promptTokensPerSecond),
  };
}

process.once('message', (message) => {
  measure(MeasureCommand.parse(message)).then(
    () => report({ type: 'done' }),
    (error: unknown) => report({ type: 'failed', problem: toEngineProblem(error, 'load-failed') }),
  );
});
process.on('disconnect', () => process.exit(0));
