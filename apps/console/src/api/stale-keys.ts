import type { FleetEvent } from '@flotilla/contracts';

/** Which cached answers each kind of event makes stale. */
export const STALE: Record<FleetEvent['kind'], readonly string[]> = {
  'device-joined': ['devices', 'overview', 'join-tokens', 'events'],
  'device-online': ['devices', 'overview', 'events'],
  'device-offline': ['devices', 'overview', 'events'],
  'device-reported': ['devices', 'overview', 'rollouts', 'events'],
  'device-changed': ['devices', 'overview', 'events'],
  'telemetry-ingested': ['series', 'overview', 'cost'],
  'model-imported': ['models', 'overview', 'events'],
  'release-created': ['releases', 'overview', 'events'],
  'rollout-changed': ['rollouts', 'devices', 'overview', 'events'],
  'message-refused': ['events'],
};

export const EVENT_KINDS = Object.keys(STALE) as FleetEvent['kind'][];
