import { getLlama, type LlamaModel, type Token } from 'node-llama-cpp';
import type { ParitySample } from './flx-header.ts';
import { openFlx } from './read-flx.ts';

export type ParityReport = {
  samples: number;
  /** Texts that the GGUF's tokenizer splits otherwise than the trainer's. */
  tokenizedOtherwise: { text: string; trainer: number[]; gguf: number[] }[];
  /** Next-token predictions that were compared, those with another first choice, and the largest difference in log-probability. */
  predictions: number;
  otherFirstChoice: number;
  largestLogProbError: number;
};

/** Holds a GGUF to the parity samples of its training export. An export without samples gives `samples: 0`. */
export async function checkParity({
  source,
  model: modelPath,
}: {
  source: string;
  model: string;
}): Promise<ParityReport> {
  await using flx = await openFlx(source);
  const llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1 });
  const report: ParityReport = {
    samples: flx.header.parity.length,
    tokenizedOtherwise: [],
    predictions: 0,
    otherFirstChoice: 0,
    largestLogProbError: 0,
  };
  try {
    const model = await llama.loadModel({ modelPath });
    for (const sample of flx.header.parity) {
      const tokens = model.tokenize(sample.text, false);
      if (tokens.join() !== sample.tokens.join()) {
        report.tokenizedOtherwise.push({ text: sample.text, trainer: sample.tokens, gguf: tokens });
      }
    }
    await comparePredictions(model, flx.header.parity, report);
    return report;
  } finally {
    await llama.dispose();
  }
}

async function comparePredictions(
  model: LlamaModel,
  samples: readonly ParitySample[],
  report: ParityReport,
): Promise<void> {
  const context = await model.createContext({
    contextSize: Math.min(512, model.trainContextSize ?? 512),
    threads: 1,
  });
  const sequence = context.getSequence();
  for (const { tokens, next } of samples) {
    const last = tokens.at(-1);
    if (next.length === 0 || last === undefined) continue;
    await sequence.clearHistory();
    const outputs = await sequence.controlledEvaluate([
      ...(tokens.slice(0, -1) as Token[]),
      [last as Token, { generateNext: { logits: true } }],
    ]);
    const logits = outputs.at(-1)?.next.logits;
    if (!logits) continue;
    const logProbs = logSoftmax(logits);
    report.predictions += 1;
    if (logits.keys().next().value !== next[0]?.[0]) report.otherFirstChoice += 1;
    for (const [token, expected] of next) {
      const error = Math.abs((logProbs.get(token) ?? -Infinity) - expected);
      report.largestLogProbError = Math.max(report.largestLogProbError, error);
    }
  }
}

function logSoftmax(logits: ReadonlyMap<Token, number>): Map<number, number> {
  const largest = Math.max(...logits.values());
  let sum = 0;
  for (const logit of logits.values()) sum += Math.exp(logit - largest);
  const shift = largest + Math.log(sum);
  return new Map(Array.from(logits, ([token, logit]) => [token, logit - shift]));
}
