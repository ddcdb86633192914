import { DeviceFacts, gpuBackend, type HealthSample } from '@flotilla/contracts';
import type { EngineDevices } from '@flotilla/agent-models';
import { readJsonFile, writeJsonFile } from '@flotilla/platform-files';
import { z } from 'zod';

const FactsFile = z.object({
  v: z.literal(1),
  agentVersion: z.string(),
  engineRelease: z.string().optional(),
  facts: DeviceFacts,
});

export interface FactsSourceOptions {
  /** Where the facts of the last start are kept, so that a restart serves before it has looked at the machine again. */
  path: string;
  /** Another one may bring another engine: what was known of the old one is forgotten. */
  agentVersion: string;
  /** Asks the engine in a process of its own. */
  inspectEngine: () => Promise<EngineDevices>;
  detect: (engine: () => Promise<EngineDevices>) => Promise<DeviceFacts>;
  sampleHealth: () => Promise<HealthSample>;
  /** What the configuration of this agent says; never kept, so that a restart without it forgets it. */
  memoryCapBytes?: number;
  onDetected: (facts: DeviceFacts) => void;
}

/** What the machine and its engine are: as they were seen last, until they were looked at again. */
export class FactsSource {
  readonly #options: FactsSourceOptions;
  #facts: DeviceFacts | undefined;
  #engineRelease: string | undefined;
  #looked = false;
  #loading: Promise<void> | undefined;
  #detecting: Promise<DeviceFacts> | undefined;

  constructor(options: FactsSourceOptions) {
    this.#options = options;
  }

  /** What is known at this moment, without looking. */
  get known(): DeviceFacts | undefined {
    return this.#facts;
  }

  get knownEngine(): string | undefined {
    return this.#engineRelease;
  }

  /** The facts of the last start where there are some; else those of the first look, which takes seconds. */
  async current(): Promise<DeviceFacts> {
    return (await this.kept()) ?? this.detect();
  }

  /** The facts of the last start, without looking; undefined where there are none. */
  async kept(): Promise<DeviceFacts | undefined> {
    await this.#load();
    return this.#facts;
  }

  /** The facts with the memory that is free at this moment, and the agent's own cap. */
  async fresh(): Promise<DeviceFacts> {
    const [facts, { memoryTotalBytes, memoryUsedBytes }] = await Promise.all([
      this.current(),
      this.#options.sampleHealth(),
    ]);
    const { memoryCapBytes: capBytes } = this.#options;
    const memory = { ...facts.memory, ...(capBytes === undefined ? {} : { capBytes }) };
    if (memoryTotalBytes === undefined || memoryUsedBytes === undefined) return { ...facts, memory };
    const availableBytes = Math.max(0, memoryTotalBytes - memoryUsedBytes);
    return { ...facts, memory: { ...memory, availableBytes } };
  }

  /** The release of the engine, such as `llama.cpp b8500 node-llama-cpp 3.22.1`. */
  async engineRelease(): Promise<string> {
    await this.#load();
    this.#engineRelease ??= (await this.#options.inspectEngine()).engineRelease;
    return this.#engineRelease;
  }

  /** Looks at the machine unless this process has done so already. */
  async detectOnce(): Promise<DeviceFacts> {
    return this.#looked && this.#facts ? this.#facts : this.detect();
  }

  /** Looks at the machine; at most one look at a time. */
  detect(): Promise<DeviceFacts> {
    this.#detecting ??= this.#look().finally(() => (this.#detecting = undefined));
    return this.#detecting;
  }

  #load(): Promise<void> {
    this.#loading ??= (async () => {
      const { path, agentVersion } = this.#options;
      const file = await readJsonFile(path, FactsFile).catch(() => undefined);
      if (file?.agentVersion !== agentVersion) return;
      this.#facts ??= file.facts;
      this.#engineRelease ??= file.engineRelease;
    })();
    return this.#loading;
  }

  async #look(): Promise<DeviceFacts> {
    const { path, detect, inspectEngine, onDetected, agentVersion } = this.#options;
    const facts = await detect(async () => {
      const engine = await inspectEngine();
      this.#engineRelease = engine.engineRelease;
      return engine;
    });
    this.#facts = facts;
    // The engine may have been too slow to name its GPUs while models were loaded: `detectOnce` then looks again.
    this.#looked = gpuBackend(facts) !== 'unknown';
    const file = { v: 1, agentVersion, engineRelease: this.#engineRelease, facts };
    await writeJsonFile(path, file).catch(() => undefined); // a full disk must not stop the box from serving
    onDetected(facts);
    return facts;
  }
}
