import { createFakeEngines, FAKE_SPEC, describeEngineContract, type FakeEngine } from './testing/index.ts';

describeEngineContract(
  'the fake engine',
  () => createFakeEngines().startEngine(FAKE_SPEC, { signal: new AbortController().signal }),
  (engine) => (engine as FakeEngine).crash(),
);
