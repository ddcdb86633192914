import type { FleetEvent } from '@flotilla/contracts';
import { Text, Timeline } from '@mantine/core';
import { formatAgo, formatTime } from '../format/times.ts';

/** What happened, newest first. */
export function Events({ events }: { events: readonly FleetEvent[] }) {
  if (events.length === 0)
    return (
      <Text c="dimmed" size="sm">
        Nothing has happened yet.
      </Text>
    );
  return (
    <Timeline bulletSize={12} lineWidth={2} active={-1}>
      {events.map((event) => (
        <Timeline.Item key={event.id} title={<Text size="sm">{event.text}</Text>}>
          <Text size="xs" c="dimmed" title={formatTime(event.at)}>
            {formatAgo(event.at)}
          </Text>
        </Timeline.Item>
      ))}
    </Timeline>
  );
}
