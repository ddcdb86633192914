import { startForkedEngine } from '../src/index.ts';

/** A supervisor for tests: loads the model it is given, says the engine's pid, and generates until it is killed. */
const [modelPath = ''] = process.argv.slice(2);
const { signal } = new AbortController();
const engine = await startForkedEngine(
  {
    modelPath,
    modelDigest: 'tiny',
    contextTokens: 512,
    sequences: 1,
    batchTokens: 64,
    threads: 1,
    gpu: 'off',
    kvCacheType: 'f16',
  },
  { signal },
);
console.log(`engine ${engine.info.pid}`);
for (;;) {
  const request = {
    messages: [{ role: 'user' as const, content: 'on and on' }],
    tools: [],
    stop: [],
    sampling: {},
  };
  for await (const _event of engine.generate(request, { signal }));
}
