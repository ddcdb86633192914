import type { DeviceLink } from '@flotilla/plane-link';
import type { PlaneMetrics } from '@flotilla/plane-http';
import type { Log } from '@flotilla/platform-log';

/** Counts and logs what the link tells. No message's content is in any of it. */
export function watchLink({
  link,
  metrics,
  log: root,
}: {
  link: DeviceLink;
  metrics: PlaneMetrics;
  log: Log;
}): void {
  const log = root.child({ component: 'link' });
  link.events.on('message-taken', ({ channel }) => metrics.mqttMessage({ channel, outcome: 'taken' }));
  link.events.on('message-refused', ({ channel, deviceId, reason, problem }) => {
    metrics.mqttMessage({ channel: channel ?? 'unknown', outcome: 'refused' });
    log.info({ channel, deviceId, reason, problem }, 'message refused');
  });
  link.events.on('message-failed', ({ channel, deviceId, error }) => {
    metrics.mqttMessage({ channel, outcome: 'failed' });
    log.error({ channel, deviceId, error }, 'message failed');
  });
  link.events.on('rows-ingested', ({ rows }) => metrics.rowsIngested(rows));
  link.events.on('publish-failed', ({ channel, deviceId, error }) => {
    log.warn({ channel, deviceId, error }, 'publish failed');
  });
}
