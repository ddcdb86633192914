export {
  EngineInfo,
  EngineSpec,
  EngineStats,
  GenerationTimings,
  type Engine,
  type EngineExit,
  type GenerationEvent,
  type StartEngine,
} from './engine.ts';
export { startForkedEngine } from './forked-engine.ts';
