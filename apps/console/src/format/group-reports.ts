import type { FleetEvent } from '@flotilla/contracts';

export interface EventGroup {
  /** The newest of the run; it says how things stand. */
  event: FleetEvent;
  /** The reports before it, newest first. */
  earlier: FleetEvent[];
}

/**
 * Events, newest first, in which a run of reports of one device is one entry: a change goes through half a dozen phases
 * within a minute, and the last one is what people look for. Reports of other devices may lie between.
 */
export function groupReports(events: readonly FleetEvent[]): EventGroup[] {
  const groups: EventGroup[] = [];
  const open = new Map<string, EventGroup>();
  for (const event of events) {
    if (event.deviceId !== undefined && event.kind === 'device-reported') {
      const run = open.get(event.deviceId);
      if (run !== undefined) {
        run.earlier.push(event);
        continue;
      }
    }
    const group = { event, earlier: [] };
    groups.push(group);
    if (event.deviceId === undefined) continue;
    if (event.kind === 'device-reported') open.set(event.deviceId, group);
    else open.delete(event.deviceId);
  }
  return groups;
}
