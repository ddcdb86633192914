export { chooseGarbage, type KeptState } from './choose-garbage.ts';
export { chooseSlot, sharedPrefix, type FreeSlot } from './choose-slot.ts';
export { chooseThreads, threadCandidates, type ThreadSpeed } from './choose-threads.ts';
export { decideClimb, type Climb, type ClimbFacts } from './decide-climb.ts';
export {
  decideResidency,
  fitsBeside,
  type MemoryRoom,
  type Resident,
  type ResidencyDecision,
  type Wanted,
} from './decide-residency.ts';
export {
  degradedSpec,
  judgeExits,
  mayFitSmaller,
  nextRung,
  type DegradeKey,
  type DegradeKind,
  type DegradeMemory,
  type DegradeStep,
  type Opening,
} from './degrade-ladder.ts';
export { exitReason } from './exit-reason.ts';
export { createFairQueue, type FairQueue } from './fair-queue.ts';
export {
  judgeLoad,
  LOOK_MS,
  NEW_LOAD,
  type LoadLife,
  type LoadSign,
  type ProcessUsage,
} from './judge-load.ts';
export { judgePulse, NEW_LIFE, PING_MS, type Life, type Pulse } from './judge-pulse.ts';
export { refusedLocalName, settleLocalNames, type NameChanges } from './local-names.ts';
export { planPrefill, type PrefillNeed, type PrefillShare } from './plan-prefill.ts';
export { createThreadTuner, type DecodeStep, type ThreadTuner } from './thread-tuner.ts';
export {
  createSpeedMeter,
  estimateLoadMs,
  estimateWaitMs,
  type LoadFacts,
  type SpeedMeter,
  type WaitFacts,
} from './wait-estimate.ts';
