/** The server as a value, for tests and for whoever embeds it. */
export { startControlPlane, type ControlPlane } from './compose.ts';
export { ControlPlaneConfig } from './config.ts';
export type { StartEvent } from './start-events.ts';
