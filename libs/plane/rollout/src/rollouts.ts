import type {
  CreateRolloutRequest,
  DeviceProgress,
  PlanLine,
  PlanRequest,
  Rollout,
  RolloutDecision,
  RolloutState,
} from '@flotilla/contracts';

interface PageRequest {
  limit?: number | undefined;
  cursor?: string | undefined;
}
interface Page<T> {
  items: T[];
  next?: string | undefined;
}

/**
 * Phased application of releases. A rollout is for its selector, not for a list of devices: one that joins while it
 * runs enters by its hash, one that joins after it completed gets the release at once, until a newer one completes.
 * Errors: `no-match` (the selector matches no device), `invalid-input` (selector,
 * batches), `not-found`, `conflict` (the state does not allow it, or a device has a rollout of the service already).
 */
export interface Rollouts {
  /** The dry run: one line per matching device. */
  plan(request: PlanRequest): Promise<PlanLine[]>;
  create(request: CreateRolloutRequest, by: string): Promise<Rollout>;
  /** Newest first. */
  list(request?: PageRequest & { state?: RolloutState | undefined }): Promise<Page<Rollout>>;
  get(id: string): Promise<Rollout>;
  countRunning(): Promise<number>;
  /** In batch order. */
  devices(id: string, page?: PageRequest): Promise<Page<DeviceProgress>>;
  /** Newest first. */
  decisions(id: string, page?: PageRequest): Promise<Page<RolloutDecision>>;

  /** Opens no further batch and holds devices that have not switched yet. */
  pause(id: string, by: string): Promise<Rollout>;
  /** Goes on; a failed batch is repeated. */
  resume(id: string, by: string): Promise<Rollout>;
  /** Ends it: devices that took the release keep it, all others go back. */
  cancel(id: string, by: string): Promise<Rollout>;
  /** Ends it: every device goes back to what it served before. */
  rollback(id: string, by: string): Promise<Rollout>;

  /** Observes, decides, writes, then changes desired documents. Run by a job every second or two; safe to kill anywhere and repeat. */
  tick(): Promise<void>;
}
