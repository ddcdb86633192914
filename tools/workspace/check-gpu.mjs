// `node check-gpu.mjs cuda|vulkan`: a few tokens of the smallest starter model on the GPU. Ends by a signal where the
// driver cannot run the binaries: they load with one that is too old, and abort at their first computation.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getLlama } from 'node-llama-cpp';
import { ROOT } from './bootstrap.mjs';

const TOKENS = 4;
const [backend] = process.argv.slice(2);
const folder = join(ROOT, 'libs', 'starter-models');
const models = JSON.parse(readFileSync(join(folder, 'models.json'), 'utf8'));
const { variant } = models.toSorted((left, right) => left.bytes - right.bytes)[0];

const llama = await getLlama({
  gpu: backend,
  build: 'never',
  skipDownload: true,
  progressLogs: false,
  logger: (level, text) => {
    if (level === 'error' || level === 'fatal') console.error(text.trim());
  },
});
const model = await llama.loadModel({
  modelPath: join(folder, 'models', `${variant}.gguf`),
  gpuLayers: 'max',
});
const context = await model.createContext({ sequences: 1, contextSize: 64 });
let tokens = 0;
for await (const _ of context.getSequence().evaluate(model.tokenize('hello'), { yieldEogToken: true }))
  if ((tokens += 1) === TOKENS) break;
console.log((await llama.getGpuDeviceNames()).join(', '));
process.exit(0);
