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
