/** What a start tells, in order; with `--json` one line each on standard output, for programs that supervise it. */
export type StartEvent =
  | { event: 'starting'; dataFolder: string; version: string }
  | { event: 'data-folder-migrated'; from: number }
  | { event: 'authority-created'; fingerprint: string }
  | { event: 'model-imported'; variant: string }
  | { event: 'release-created'; release: string }
  | {
      event: 'ready';
      consoleUrl: string;
      /** Signs a browser in once, within ten minutes. */
      signInUrl: string;
      gatewayUrl: string;
      mqttUrl: string;
      adminTokenFile: string;
      dataFolder: string;
      pid: number;
    }
  | { event: 'stopping' }
  | { event: 'stopped' };

/** The same for people: one line, or nothing. */
export function startEventText(event: StartEvent): string | undefined {
  switch (event.event) {
    case 'starting':
      return `Flotilla control plane ${event.version}, data in ${event.dataFolder}`;
    case 'data-folder-migrated':
      return `The data folder was brought from format ${event.from} to the present one; a copy is in its folder backups.`;
    case 'authority-created':
      return `Made a certificate authority, fingerprint ${event.fingerprint}`;
    case 'model-imported':
      return `Imported ${event.variant}`;
    case 'release-created':
      return `Created the release ${event.release}`;
    case 'ready':
      return [
        `Console         ${event.consoleUrl}`,
        `Sign in once    ${event.signInUrl}`,
        `Admin token     ${event.adminTokenFile}`,
        `Device gateway  ${event.gatewayUrl}`,
        `MQTT            ${event.mqttUrl}`,
        'Costs stay at zero until you enter an energy tariff and a hardware price in the console: we do not guess yours.',
        'Stop with Ctrl-C.',
      ].join('\n');
    case 'stopping':
      return 'Stopping.';
    case 'stopped':
      return undefined;
  }
}
