import { createFakeEngines, describeEngineContract, type FakeEngine } from './testing/index.ts';

const spec = {
  modelPath: 'none',
  modelDigest: 'none',
  contextTokens: 64,
  sequences: 2,
  batchTokens: 8,
  threads: 1,
  gpu: 'off',
  kvCacheType: 'f16',
} as const;

describeEngineContract(
  'the fake engine',
  () => createFakeEngines().startEngine(spec, { signal: new AbortController().signal }),
  (engine) => (engine as FakeEngine).crash(),
);
