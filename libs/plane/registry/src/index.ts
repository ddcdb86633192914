/** Who the devices are, what they say and what is wanted of them; people's access; the feed of events. */
export type {
  CertificateIssuer,
  IssuedCertificate,
  NewId,
  Page,
  PageRequest,
  SecretHasher,
} from './ports.ts';
export type {
  DesiredChange,
  DesiredOutcome,
  DeviceRecord,
  JoinResult,
  ListDevices,
  Registry,
} from './registry.ts';
export type { EventFeed, NewEvent } from './event-feed.ts';
export type { AccessTokens, AccessTokenView, Principal, Session } from './access-tokens.ts';
export type {
  DevicePatch,
  DeviceRow,
  JoinOutcome,
  JoinTokenRow,
  NewDevice,
  RegistryStore,
  RevokedCertificate,
} from './registry-store.ts';
export type { EventStore } from './event-store.ts';
export type { AccessStore, AccessTokenRow, GrantRow } from './access-store.ts';
export { createRegistry, type RegistryDeps } from './create-registry.ts';
export { createEventFeed } from './create-event-feed.ts';
export { createAccessTokens } from './create-access-tokens.ts';
export { deviceState, settledState, isOnline, silenceMs, type SettledState } from './device-state.ts';
export { diffServices } from './diff-service.ts';
export { hardwareLine, summariseDevice } from './summarise-device.ts';
export { pageLimit, toPage } from './page.ts';
