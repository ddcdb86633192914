import type { FleetEvent } from '@flotilla/contracts';

export type NewEvent = Omit<FleetEvent, 'id' | 'at'> & { at?: number };

/** What the console shows live. Ids rise by one without gaps, across restarts and replicas. */
export interface EventFeed {
  append(event: NewEvent): Promise<FleetEvent>;
  /** With `after` (or neither) in ascending order from there; with `before` the newest ones under it, newest first. */
  list(request: {
    after?: number | undefined;
    before?: number | undefined;
    deviceId?: string | undefined;
    /** Only of these kinds; default all. */
    kinds?: readonly FleetEvent['kind'][] | undefined;
    limit: number;
  }): Promise<FleetEvent[]>;
  /** Events appended by this process, after they were committed. Returns how to stop. */
  subscribe(listener: (event: FleetEvent) => void): () => void;
  /** The oldest id still held; undefined while there is none. A client that asks for an older one must reload. */
  oldestId(): Promise<number | undefined>;
  /** The newest id; 0 while there is none. */
  newestId(): Promise<number>;
  /** Keeps the newest `keep` events; run by a job. */
  trim(keep: number): Promise<void>;
}
