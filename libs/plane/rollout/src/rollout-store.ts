import type {
  Batch,
  DeviceProgress,
  FailureClass,
  Problem,
  ReportedService,
  Rollout,
  RolloutDecision,
  RolloutState,
  Selector,
} from '@flotilla/contracts';

export interface BatchRow extends Batch {
  /** Position of its last device at the start: later ones enter by it. */
  upTo: string;
  /** When its last device ended. */
  soakingSince?: number | undefined;
}

export interface RolloutRow extends Omit<Rollout, 'batches'> {
  batches: BatchRow[];
  /** Rises with every write; two writers of one version: one loses and reads again. */
  version: number;
}

/**
 * What the rollout wants of a device.
 * `none` nothing · `go` take the release · `hold` fetch it, do not switch · `keep` it stays, the previous one may be
 * forgotten · `back` to what it served before.
 */
export type Want = 'none' | 'go' | 'hold' | 'keep' | 'back';

export interface RolloutDevice extends DeviceProgress {
  rolloutId: string;
  position: string;
  wanted: Want;
  /** What its desired document says by now. */
  applied: Want;
  /** The generation that says so: only reports that answer it count. */
  generation: number;
  /** What it served before, pinned on its disk while the rollout runs. */
  previous?: { release: string; revision: number } | undefined;
  /** When it last moved: was told, changed phase, got bytes. */
  progressAt: number;
}

/** What the device says, as far as the rollout asks. */
export interface DeviceWord {
  /** The desired generation the report answers. */
  generation: number;
  /** Which report of the device this is: rises with every one. */
  report: number;
  service?: ReportedService | undefined;
  /** The code with which the device noted the release as failed. */
  failedBefore?: string | undefined;
}

export interface Watched {
  device: RolloutDevice;
  word?: DeviceWord | undefined;
  lastSeenAt?: number | undefined;
}

/** What an observation changed of a device. */
export type DeviceChange = Pick<RolloutDevice, 'deviceId' | 'state' | 'progressAt'> & {
  phase?: string | undefined;
  doneBytes?: number | undefined;
  totalBytes?: number | undefined;
  variant?: string | undefined;
  failure?: FailureClass | undefined;
  problem?: Problem | undefined;
};

/** Devices of a batch by how they stand. */
export interface BatchCounts {
  index: number;
  waiting: number;
  updating: number;
  succeeded: number;
  failed: number;
  failures: Partial<Record<FailureClass, number>>;
}

/** A change of many devices at once. */
export interface DeviceOrder {
  where: {
    batch?: number | undefined;
    states?: ReadonlyArray<DeviceProgress['state']> | undefined;
    wanted?: readonly Want[] | undefined;
  };
  set: {
    wanted?: Want | undefined;
    state?: DeviceProgress['state'] | undefined;
    progressAt?: number | undefined;
    /** Forget the failure and have the device answer again. */
    retry?: boolean | undefined;
  };
}

export type NewRolloutDevice = Pick<
  RolloutDevice,
  'deviceId' | 'batch' | 'position' | 'previous' | 'state' | 'wanted' | 'progressAt'
>;

/** Where rollouts are kept. Every method is one transaction. */
export interface RolloutStore {
  /** `overlap` names a device that an unfinished rollout of the service has already; then nothing is written. */
  create(entry: {
    rollout: RolloutRow;
    devices: readonly NewRolloutDevice[];
    decision: RolloutDecision;
  }): Promise<{ kind: 'created' } | { kind: 'overlap'; deviceId: string; rolloutId: string }>;
  find(id: string): Promise<RolloutRow | undefined>;
  /** Newest first, below `before`. */
  list(page: {
    state?: RolloutState | undefined;
    before?: string | undefined;
    limit: number;
  }): Promise<RolloutRow[]>;
  countRunning(): Promise<number>;
  /** Those that `settle` did not close. Oldest first. */
  listUnsettled(): Promise<RolloutRow[]>;
  /** Completed ones, newest first; of one service and selector the newest only. */
  listStanding(): Promise<RolloutRow[]>;
  counts(rolloutId: string): Promise<BatchCounts[]>;
  /** By batch and position, above the cursor; with the names that the devices have now. */
  listDevices(page: {
    rolloutId: string;
    after?: { batch: number; position: string } | undefined;
    limit: number;
  }): Promise<RolloutDevice[]>;
  /** Newest first, below `before`. `number` rises by one per rollout. */
  listDecisions(page: {
    rolloutId: string;
    before?: number | undefined;
    limit: number;
  }): Promise<Array<RolloutDecision & { number: number }>>;

  /**
   * Adds late joiners that no unfinished rollout of the service has; others are left out. 0 when the rollout is of
   * another version by now.
   */
  admit(rollout: RolloutRow, devices: readonly NewRolloutDevice[]): Promise<number>;
  deviceIds(rolloutId: string): Promise<Set<string>>;
  /** Matching devices of which no rollout of the service ever wanted anything, and none may still. Ascending. */
  listUnreached(query: { service: string; selector: Selector; limit: number }): Promise<string[]>;
  /** Revoked devices leave. */
  dropRevoked(rolloutId: string): Promise<number>;

  /**
   * Told devices of opened batches, by device above `after`, that said something since they were last looked at, or
   * that have been quiet since before `quietSince`.
   */
  watch(query: {
    rolloutId: string;
    service: string;
    release: string;
    quietSince: number;
    after?: string | undefined;
    limit: number;
  }): Promise<Watched[]>;
  /** Notes what was looked at, with what it changed. */
  saveObserved(entry: {
    rolloutId: string;
    looked: ReadonlyArray<{ deviceId: string; report: number }>;
    changes: readonly DeviceChange[];
    now: number;
  }): Promise<void>;

  /** The new row, the orders and the decision, all or nothing; false when the version moved on. */
  saveDecision(entry: {
    rollout: RolloutRow;
    expectedVersion: number;
    orders: readonly DeviceOrder[];
    decision: RolloutDecision;
  }): Promise<boolean>;

  /** Devices whose desired document does not say what is wanted. */
  listUntold(rolloutId: string, limit: number): Promise<RolloutDevice[]>;
  /** Closes a rollout that is over, whose devices were all told, and none of which is still changing to it. */
  settle(rolloutId: string): Promise<void>;
  markTold(entry: {
    rolloutId: string;
    deviceId: string;
    applied: Want;
    generation: number;
    progressAt: number;
  }): Promise<void>;
}
