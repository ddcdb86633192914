/** The device's loop: what to do next is decided here, purely; ports and executors touch the box. */
export {
  Placement,
  ServiceRecord,
  FailedRelease,
  FailedVariant,
  CurrentDocument,
  RollbackDocument,
  filesOf,
  samePlacement,
  sameRun,
  recordOf,
  standingFailures,
  type Choice,
  type Limits,
  type ModelFile,
  type Slot,
  type StoredBlob,
  type World,
} from './state.ts';
export { PHASE_OF, releaseOf, serviceOf, type Step, type StepKind, type StepOf } from './step.ts';
export { targetOf, type Target } from './target.ts';
export { plan, planEachService, type Block, type Plan } from './plan.ts';
export { planService, type PlanInput, type ServicePlan } from './plan-service.ts';
export { keptOnDisk } from './garbage.ts';
export { describeServices, type Activity } from './describe-services.ts';
export { judgeAnswer, type Judgement, type RegexMatcher, type SchemaValidator } from './golden.ts';
export { afterLadder, type AfterLadder } from './after-ladder.ts';
export { judgeFailure, type FailureVerdict } from './judge-failure.ts';
export {
  createExecutors,
  createMemory,
  type ExecutorDeps,
  type Executors,
  type Memory,
  type StepContext,
} from './execute.ts';
export { createWorldReader } from './read-world.ts';
export { Reconciler, type ReconcileEvents, type ReconcilerOptions } from './loop.ts';
export type {
  Documents,
  FetchProgress,
  ModelStore,
  ReleaseStore,
  ServingPort,
  VariantResolver,
} from './ports.ts';
