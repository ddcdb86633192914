export {
  type DegradeKey,
  type DegradeKind,
  type DegradeMemory,
  type DegradeStep,
  type MemoryRoom,
  type ThreadSpeed,
} from '@flotilla/agent-serving-core';
export { collectGeneration, type CollectedGeneration } from './collect.ts';
export {
  type AppliedAdapter,
  type Deployment,
  type DeploymentStage,
  type DeploymentState,
  type RequestDefaults,
} from './deployment.ts';
export {
  Embeddings,
  EngineInfo,
  EngineSpec,
  EngineStats,
  GenerationTimings,
  Ranking,
  ThinkingTags,
  type EmbedInput,
  type Engine,
  type EngineExit,
  type GenerationEvent,
  type RankInput,
  type StartEngine,
  type StartEngineOptions,
} from './engine.ts';
export { findService, type FoundService, type NamedService } from './find-service.ts';
export { startForkedEngine } from './forked-engine.ts';
export {
  createServices,
  type QuickCall,
  type ServedBy,
  type ServedService,
  type ServiceCall,
  type ServiceGeneration,
  type Services,
  type ServicesOptions,
} from './services.ts';
export { type DeploymentRef, type RequestFinished, type ServingEvents } from './serving-events.ts';
export { tuneThreads, type ThreadTuning, type TuneThreadsOptions } from './tune-threads.ts';
