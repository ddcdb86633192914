import type { EngineConfiguration } from '@flotilla/sizing';

/** What was estimated and then seen of one model in one configuration on this device. */
export interface Measurement {
  digest: string;
  /** Digest of the adapter it was loaded with; absent: the model as it is. */
  adapter?: string;
  /** Release of the engine that ran it; another one is measured afresh. */
  engineRelease: string;
  configuration: EngineConfiguration;
  estimatedBytes?: number;
  /** What a token reads, by arithmetic: with the speed it makes an anchor for other models. */
  bytesPerToken?: number;
  /** Largest resident memory of the engine process. */
  actualBytes?: number;
  /** Decode speed of one stream. */
  tokensPerSecond?: number;
  /** Threads that measured fastest. */
  threads?: number;
  /** Wall time of the last change. */
  at: number;
}

/** What the device learnt about its models, kept over restarts. */
export interface Measurements {
  all(): Promise<readonly Measurement[]>;
  find(
    key: Pick<Measurement, 'digest' | 'adapter' | 'engineRelease' | 'configuration'>,
  ): Promise<Measurement | undefined>;
  /** Adds to what is known of the same digests, engine release and configuration. */
  record(measurement: Omit<Measurement, 'at'>): Promise<void>;
}
