import { CHANNELS } from './channels.ts';

/** The MQTT reference page in Markdown, one row per channel. */
export function mqttReferencePage(): string {
  const rows = Object.values(CHANNELS).map(
    (c) =>
      `| \`flotilla/v1/{deviceId}/${c.name}\` | ${c.direction} | ${c.qos} | ${c.retain ? 'yes' : 'no'} | \`${c.payload.meta()?.id ?? 'unnamed'}\` | ${c.description} |`,
  );
  return [
    '# MQTT channels',
    '',
    'Generated from `libs/contracts/src/mqtt/channels.ts`. MQTT 3.1.1 over TLS; a device speaks under its own id only; a message is at most 64 KiB of JSON.',
    '',
    '| topic | direction | QoS | retained | payload | meaning |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
