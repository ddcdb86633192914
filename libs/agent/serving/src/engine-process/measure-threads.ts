import { LlamaLogLevel, getLlama, type LlamaModel, type Token } from 'node-llama-cpp';
import { toEngineProblem } from '../engine-problem.ts';
import { MeasureCommand, type MeasureReport } from '../measure-protocol.ts';

/** Rounds over all settings, where the first one left time; the best of each counts, because whatever else runs only makes it slower. */
const ROUNDS = 2;
/** A setting this far below the best is past the peak; the ones after it are worse. */
const PAST_PEAK = 0.5;
const WARM_UP_TOKENS = 2;
const CONTEXT_TOKENS = 256;

const report = (message: MeasureReport): void => void process.send?.(message);

async function decodeSpeed(model: LlamaModel, threads: number, budgetMs: number): Promise<number> {
  const context = await model.createContext({
    sequences: 1,
    contextSize: CONTEXT_TOKENS,
    batchSize: 8,
    threads,
  });
  const sequence = context.getSequence();
  const start: Token[] = model.tokenize('a b c d');
  let tokens = 0;
  let startedAt = performance.now();
  for await (const _token of sequence.evaluate(start, { temperature: 0, yieldEogToken: true })) {
    tokens += 1;
    if (tokens === WARM_UP_TOKENS) startedAt = performance.now();
    if (tokens > WARM_UP_TOKENS && performance.now() - startedAt >= budgetMs) break;
    if (tokens >= CONTEXT_TOKENS - start.length - 1) break;
  }
  const elapsed = performance.now() - startedAt;
  await context.dispose();
  return ((tokens - WARM_UP_TOKENS) * 1_000) / elapsed;
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
  const speeds = new Map<number, number>();
  const startedAt = performance.now();
  for (let round = 0; round < ROUNDS && performance.now() - startedAt < command.budgetMs; round += 1) {
    let best = 0;
    for (const threads of command.threads) {
      const speed = await decodeSpeed(model, threads, budgetMs);
      speeds.set(threads, Math.max(speed, speeds.get(threads) ?? 0));
      if (speed < best * PAST_PEAK) break;
      best = Math.max(best, speed);
    }
  }
  for (const [threads, tokensPerSecond] of speeds) report({ type: 'measured', threads, tokensPerSecond });
}

process.once('message', (message) => {
  measure(MeasureCommand.parse(message)).then(
    () => report({ type: 'done' }),
    (error: unknown) => report({ type: 'failed', problem: toEngineProblem(error, 'load-failed') }),
  );
});
process.on('disconnect', () => process.exit(0));
