export { askFor, describeEngineContract, failureOf } from './engine-contract.ts';
export {
  createFakeEngines,
  FAKE_SPEC,
  type FakeEngine,
  type FakeEngineOptions,
  type FakeEngines,
} from './fake-engine.ts';
