import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { FleetEvent } from '@flotilla/contracts';

/** Which cached answers each kind of event makes stale. */
const STALE: Record<FleetEvent['kind'], readonly string[]> = {
  'device-joined': ['devices', 'overview'],
  'device-online': ['devices', 'overview'],
  'device-offline': ['devices', 'overview'],
  'device-reported': ['devices', 'rollouts'],
  'device-changed': ['devices', 'overview'],
  'telemetry-ingested': ['series', 'overview', 'cost'],
  'model-imported': ['models', 'overview'],
  'release-created': ['releases', 'overview'],
  'rollout-changed': ['rollouts', 'devices', 'overview'],
  'message-refused': ['events'],
};

/**
 * Follows the server's events for as long as the component lives.
 * The browser reconnects by itself with `Last-Event-ID`; `reload` from the server means it missed some.
 * @returns whether the stream is open.
 */
export function useLiveEvents(enabled: boolean): boolean {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (!enabled) return;
    const source = new EventSource('/v1/events/stream');
    const stale = (keys: readonly string[]) => {
      for (const key of [...keys, 'events']) void client.invalidateQueries({ queryKey: [key] });
    };
    source.onopen = () => setOpen(true);
    source.onerror = () => setOpen(false);
    for (const kind of Object.keys(STALE) as FleetEvent['kind'][]) {
      source.addEventListener(kind, () => stale(STALE[kind]));
    }
    source.addEventListener('reload', () => void client.invalidateQueries());
    return () => source.close();
  }, [client, enabled]);
  return open;
}
