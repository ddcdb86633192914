import type { FleetEvent } from '@flotilla/contracts';

/** Where events are kept. Ids rise by one in commit order. */
export interface EventStore {
  append(event: Omit<FleetEvent, 'id'>): Promise<FleetEvent>;
  list(query: {
    after?: number | undefined;
    before?: number | undefined;
    deviceId?: string | undefined;
    kinds?: readonly FleetEvent['kind'][] | undefined;
    limit: number;
  }): Promise<FleetEvent[]>;
  oldestId(): Promise<number | undefined>;
  newestId(): Promise<number>;
  removeUpTo(id: number): Promise<void>;
}
