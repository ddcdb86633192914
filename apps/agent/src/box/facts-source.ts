import { DeviceFacts, type HealthSample } from '@flotilla/contracts';
import { readJsonFile, writeJsonFile } from '@flotilla/platform-files';

export interface FactsSourceOptions {
  /** Where the facts of the last start are kept, so that a restart serves before it has looked at the machine again. */
  path: string;
  detect: () => Promise<DeviceFacts>;
  sampleHealth: () => Promise<HealthSample>;
  onDetected: (facts: DeviceFacts) => void;
}

/** What the machine is: as it was seen last, until it was looked at again. */
export class FactsSource {
  readonly #options: FactsSourceOptions;
  #known: DeviceFacts | undefined;
  #detecting: Promise<DeviceFacts> | undefined;

  constructor(options: FactsSourceOptions) {
    this.#options = options;
  }

  /** What is known at this moment, without looking. */
  get known(): DeviceFacts | undefined {
    return this.#known;
  }

  /** The facts of the last start where there are some; else those of the first look, which takes seconds. */
  async current(): Promise<DeviceFacts> {
    this.#known ??= await readJsonFile(this.#options.path, DeviceFacts).catch(() => undefined);
    return this.#known ?? this.detect();
  }

  /** The facts with the memory that is free at this moment. */
  async fresh(): Promise<DeviceFacts> {
    const [facts, { memoryTotalBytes, memoryUsedBytes }] = await Promise.all([
      this.current(),
      this.#options.sampleHealth(),
    ]);
    if (memoryTotalBytes === undefined || memoryUsedBytes === undefined) return facts;
    const availableBytes = Math.max(0, memoryTotalBytes - memoryUsedBytes);
    return { ...facts, memory: { ...facts.memory, availableBytes } };
  }

  /** Looks at the machine; at most one look at a time. */
  detect(): Promise<DeviceFacts> {
    this.#detecting ??= this.#look().finally(() => (this.#detecting = undefined));
    return this.#detecting;
  }

  async #look(): Promise<DeviceFacts> {
    const { path, detect, onDetected } = this.#options;
    const facts = await detect();
    this.#known = facts;
    await writeJsonFile(path, facts).catch(() => undefined); // a full disk must not stop the box from serving
    onDetected(facts);
    return facts;
  }
}
