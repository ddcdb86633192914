import type { FleetEvent } from '@flotilla/contracts';
import { Text } from '@mantine/core';
import { groupReports } from '../format/group-reports.ts';
import { formatCounted } from '../format/numbers.ts';
import { Log } from './log.tsx';
import { To } from './to.tsx';

/** What happened, newest first; each leads to what it is about. */
export function Events({
  events,
  linked = false,
  most = Infinity,
}: {
  events: readonly FleetEvent[];
  linked?: boolean;
  /** Entries shown; default all. */
  most?: number;
}) {
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
      entries={groupReports(events)
        .slice(0, most)
        .map(({ event, earlier }) => ({
          key: event.id,
          at: event.at,
          text: (
            <>
              {linked ? <Linked event={event} /> : event.text}
              {earlier.length > 0 && <Earlier events={earlier} />}
            </>
          ),
        }))}
    />
  );
}

/** The steps that led to a report, when somebody wants them. */
function Earlier({ events }: { events: readonly FleetEvent[] }) {
  return (
    <details className="earlier">
      <summary>{formatCounted(events.length, 'report')} before</summary>
      <Log label="Reports before" entries={events.map(({ id, at, text }) => ({ key: id, at, text }))} />
    </details>
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
