import type { GatewayClient } from './gateway/gateway.ts';
import type { ModelStore } from './store/model-store.ts';

export interface PullProgress {
  doneBytes: number;
  totalBytes: number;
  /** Over the last seconds; absent before anything arrived. */
  bytesPerSecond?: number;
}

export interface PullOptions {
  /** Of the blob and of its manifest, as the release names them. */
  model: { digest: string; manifestDigest: string };
  client: GatewayClient;
  store: ModelStore;
  signal: AbortSignal;
  onProgress?: (progress: PullProgress) => void;
  /** Most bytes per second over all parallel chunks. Default: no limit. */
  bytesPerSecond?: number;
  /** Chunks fetched at once. Default 4. */
  parallel?: number;
}

export type PullModel = (options: PullOptions) => Promise<{ path: string }>;
