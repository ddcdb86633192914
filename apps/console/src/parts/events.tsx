import type { FleetEvent } from '@flotilla/contracts';
import { Text } from '@mantine/core';
import { Log } from './log.tsx';
import { To } from './to.tsx';

/** What happened, newest first; each leads to what it is about. */
export function Events({ events, linked = false }: { events: readonly FleetEvent[]; linked?: boolean }) {
  if (events.length === 0) {
    return (
      <Text c="dimmed" size="sm">
        Nothing has happened yet.
      </Text>
    );
  }
  return (
    <Log
      label="Events"
      entries={events.map((event) => ({
        key: event.id,
        at: event.at,
        text: linked ? <Linked event={event} /> : event.text,
      }))}
    />
  );
}

function Linked({ event }: { event: FleetEvent }) {
  if (event.rolloutId !== undefined)
    return (
      <To plain href={`/rollouts/${event.rolloutId}`}>
        {event.text}
      </To>
    );
  if (event.deviceId !== undefined)
    return (
      <To plain href={`/devices/${event.deviceId}`}>
        {event.text}
      </To>
    );
  return event.text;
}
