import { CHANNELS } from './channels.ts';

/**
 * The ACL file for Mosquitto with `use_identity_as_username true`: the certificate's common name is the user name.
 * @param planeUser common name of the control plane's own certificate.
 */
export function mosquittoAcl(planeUser: string): string {
  const channels = Object.values(CHANNELS);
  const lines = [
    '# Generated from libs/contracts/src/mqtt/channels.ts: do not edit.',
    '',
    `user ${planeUser}`,
    ...channels.map((c) => `topic ${c.direction === 'up' ? 'read' : 'write'} flotilla/v1/+/${c.name}`),
    '',
    '# %u is the common name of the device certificate: a device has its own topics only.',
    ...channels.map((c) => `pattern ${c.direction === 'up' ? 'write' : 'read'} flotilla/v1/%u/${c.name}`),
  ];
  return `${lines.join('\n')}\n`;
}
