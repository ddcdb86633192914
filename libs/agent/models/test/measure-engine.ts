/*
 * A process that starts a real engine of ours, lets it answer, and prints the most memory that the engine's process
 * took. Its arguments: the path of a GGUF and an engine configuration as JSON.
 */
import { readFile } from 'node:fs/promises';

import { startForkedEngine } from '@flotilla/agent-serving';
import type { EngineConfiguration } from '@flotilla/sizing';

const [, , modelPath = '', json = '{}'] = process.argv;
const { contextTokens, sequences, batchTokens, kvType } = JSON.parse(json) as EngineConfiguration;
const signal = AbortSignal.timeout(300_000);
const engine = await startForkedEngine(
  {
    modelPath,
    modelDigest: 'a'.repeat(64),
    contextTokens,
    sequences,
    batchTokens,
    threads: 1,
    gpu: 'off',
    kvCacheType: kvType,
  },
  { signal },
);
const question = {
  messages: [{ role: 'user' as const, content: 'one two three '.repeat(16) }],
  tools: [],
  stop: [],
  sampling: { temperature: 0, topP: 1, topK: 0, minP: 0 },
  maxTokens: 4,
};
for await (const _ of engine.generate(question, { signal })) continue;
const status = await readFile(`/proc/${engine.info.pid}/status`, 'utf8');
const peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
await engine.stop();
console.log(`peak ${peak}`);
process.exit();
