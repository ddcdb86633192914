import type { GgufFacts, MemoryNeed } from '@flotilla/contracts';
import type { EngineConfiguration } from '@flotilla/sizing';

/** Memory of a model in one configuration by the engine's own simulation, or why there is none. */
export type Estimate =
  | { configuration: EngineConfiguration; available: true; need: MemoryNeed }
  | { configuration: EngineConfiguration; available: false; reason: string };

export interface EngineDevices {
  /** `llama.cpp v0.5.0 node-llama-cpp 3.22.1` */
  engineRelease: string;
  /** Backends that can be loaded here, such as `cuda`; empty where only the processor computes. */
  gpuTypes: string[];
  gpus: { name: string; backend: string; memoryTotalBytes?: number; memoryFreeBytes?: number }[];
}

export interface Inspection extends EngineDevices {
  facts: GgufFacts;
  /** GGUF's number of how the model pools what it embeds; undefined where it says nothing. */
  pooling?: number | undefined;
  estimates: Estimate[];
}

export interface InspectOptions {
  /** A GGUF; its header is enough, with a hole for the rest. */
  path: string;
  /** A LoRA that is applied to it; its header is enough too. */
  adapterPath?: string;
  configurations: readonly EngineConfiguration[];
  /**
   * Configurations of a longer context than the model was trained for are estimated, and given back, at that one.
   * Default false.
   */
  withinTraining?: boolean;
  /** Default 60,000: a header of a large vocabulary takes seconds on a small box. */
  deadlineMs?: number;
  signal?: AbortSignal;
}

/** Throws `gguf-invalid` when the engine cannot read the file or apply the adapter, `timeout`, `engine-crashed` when the child died. */
export type InspectModel = (options: InspectOptions) => Promise<Inspection>;
