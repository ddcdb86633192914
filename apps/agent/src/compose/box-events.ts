import type { DeviceFacts } from '@flotilla/contracts';
import { TypedEvents } from '@flotilla/kernel';
import type { Log } from '@flotilla/platform-log';

/** What the parts of the box tell each other without knowing each other. */
export interface BoxEvents {
  /** The machine was looked at. */
  'facts-detected': { facts: DeviceFacts };
  /** A telemetry row was written. */
  'row-written': object;
  /** Something that people see has moved: a service, a download, the line. */
  moved: { progressOnly: boolean };
}

export function createBoxEvents(log: Log): TypedEvents<BoxEvents> {
  return new TypedEvents<BoxEvents>({
    onListenerError: (error, name) => log.error({ error, event: name }, 'listener failed'),
  });
}
