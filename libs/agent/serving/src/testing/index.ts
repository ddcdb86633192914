export { askFor, describeEngineContract, failureOf } from './engine-contract.ts';
export {
  createFakeEngines,
  type FakeEngine,
  type FakeEngineOptions,
  type FakeEngines,
} from './fake-engine.ts';
