/** Which devices get a release when, and what a batch must show before the next opens. */
export type { Rollouts } from './rollouts.ts';
export { createRollouts, type RolloutsDeps } from './create-rollouts.ts';
export type { Prefilter, PrefilterOutcome } from './plan-release.ts';
export { decide, type Decision, type DecisionInputs } from './decide.ts';
export { observe } from './observe.ts';
export { assignBatches, batchSizes } from './assign-batches.ts';
export { applyDecision, applyOrder, type Order, type Transition } from './apply-decision.ts';
export type {
  BatchCounts,
  BatchRow,
  DeviceChange,
  DeviceOrder,
  DeviceWord,
  NewRolloutDevice,
  RolloutDevice,
  RolloutRow,
  RolloutStore,
  Want,
  Watched,
} from './rollout-store.ts';
