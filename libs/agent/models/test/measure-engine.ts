/*
 * A process that opens a model as an engine does, fills a batch and some context, and prints the most memory it took.
 * Its arguments: the path of a GGUF and an engine configuration as JSON.
 */
import { readFile } from 'node:fs/promises';

import type { EngineConfiguration } from '@flotilla/sizing';
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';

const [, , modelPath = '', json = '{}'] = process.argv;
const { contextTokens, sequences, batchTokens, kvType } = JSON.parse(json) as EngineConfiguration;
const llama = await getLlama({ build: 'never', gpu: false, maxThreads: 1, logLevel: LlamaLogLevel.error });
const model = await llama.loadModel({ modelPath, useMmap: false });
const context = await model.createContext({
  contextSize: contextTokens,
  sequences,
  batchSize: batchTokens,
  threads: 1,
  ...(kvType === 'f16'
    ? {}
    : {
        flashAttention: true,
        experimentalKvCacheKeyType: 'Q8_0' as const,
        experimentalKvCacheValueType: 'Q8_0' as const,
      }),
});
const prompt = model
  .tokenize('one two three '.repeat(contextTokens))
  .slice(0, Math.min(contextTokens - 8, 128));
let generated = 0;
for await (const _ of context.getSequence().evaluate(prompt)) if (++generated === 4) break;
const status = await readFile('/proc/self/status', 'utf8');
const peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
console.log(`peak ${peak}`);
process.exit();
