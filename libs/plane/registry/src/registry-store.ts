import type {
  AgentInfo,
  Desired,
  DeviceFacts,
  DevicePolicy,
  DeviceState,
  Labels,
  Reported,
  Selector,
} from '@flotilla/contracts';
import type { SettledState } from './device-state.ts';

export interface JoinTokenRow {
  id: string;
  secretHash: string;
  createdAt: number;
  createdBy: string;
  expiresAt: number;
  uses: number;
  maxUses: number;
  labels: Labels;
  revokedAt?: number | undefined;
}

/** A device with all that is held of it. */
export interface DeviceRow {
  id: string;
  name: string;
  labels: Labels;
  joinedAt: number;
  joinTokenId: string;
  /** Of the key the device made; names it again when the answer to its join was lost. */
  keyFingerprint: string;
  revokedAt?: number | undefined;
  online: boolean;
  /** Of the connection that said `online` last. */
  session?: string | undefined;
  lastSeenAt?: number | undefined;
  /** From when on a device that says nothing counts as offline. */
  silentAt: number;
  clockOffsetMs?: number | undefined;
  policy: DevicePolicy;
  settled: SettledState;
  facts?: DeviceFacts | undefined;
  agent?: AgentInfo | undefined;
  reported?: Reported | undefined;
  reportedAt?: number | undefined;
  desired?: Desired | undefined;
  certificate?: { serial: string; notAfter: number } | undefined;
}

export type NewDevice = Pick<
  DeviceRow,
  | 'id'
  | 'name'
  | 'labels'
  | 'joinedAt'
  | 'joinTokenId'
  | 'keyFingerprint'
  | 'facts'
  | 'agent'
  | 'lastSeenAt'
  | 'silentAt'
>;

/** What changes of a device; what is absent stays. */
export type DevicePatch = Partial<
  Pick<
    DeviceRow,
    | 'name'
    | 'labels'
    | 'revokedAt'
    | 'online'
    | 'session'
    | 'lastSeenAt'
    | 'silentAt'
    | 'clockOffsetMs'
    | 'policy'
    | 'settled'
    | 'reported'
    | 'reportedAt'
    | 'desired'
    | 'certificate'
  >
>;

/** A certificate that shall be accepted no more. */
export interface RevokedCertificate {
  /** Hexadecimal. */
  serial: string;
  revokedAt: number;
}

export type JoinOutcome =
  | { kind: 'joined' | 'again'; device: DeviceRow }
  | { kind: 'unknown' | 'expired' | 'used-up' };

/** Where the registry keeps its rows. Every method is one transaction. */
export interface RegistryStore {
  addJoinToken(row: JoinTokenRow): Promise<void>;
  findJoinToken(secretHash: string): Promise<JoinTokenRow | undefined>;
  /** Newest first, under `before`; revoked ones left out. */
  listJoinTokens(page: { before?: string | undefined; limit: number }): Promise<JoinTokenRow[]>;
  /** False when there is none. */
  revokeJoinToken(id: string, at: number): Promise<boolean>;

  /**
   * `again` for a key that this token brought in before, at no cost. Otherwise counts one use and adds the device,
   * both or neither; of two at once with one use left, one is `used-up`.
   */
  join(request: { device: NewDevice; now: number }): Promise<JoinOutcome>;

  findDevice(id: string): Promise<DeviceRow | undefined>;
  /** Ascending by id, above `after`; revoked ones left out. `state` is judged at `now`. */
  listDevices(query: {
    selector?: Selector | undefined;
    state?: DeviceState | undefined;
    now: number;
    after?: string | undefined;
    limit: number;
  }): Promise<DeviceRow[]>;
  /** As listDevices, ids only. */
  listDeviceIds(query: {
    selector?: Selector | undefined;
    after?: string | undefined;
    limit: number;
  }): Promise<string[]>;
  countByState(now: number): Promise<Record<DeviceState, number>>;
  /** Undefined for an unknown device. */
  presence(id: string): Promise<{ policy: DevicePolicy } | undefined>;
  /** Undefined for an unknown device. */
  revocation(id: string): Promise<{ revokedAt: number | undefined } | undefined>;

  /**
   * Reads the device under a lock, lets `change` decide, writes. `change` may be called again and must be pure;
   * undefined writes nothing. Undefined when there is no such device.
   */
  changeDevice(
    id: string,
    change: (row: DeviceRow) => DevicePatch | undefined,
  ): Promise<{ before: DeviceRow; after: DeviceRow } | undefined>;
  /** Moves last seen forward, without reading the documents. */
  touch(id: string, seen: { lastSeenAt: number; silentAt: number }): Promise<void>;
  markAllOffline(): Promise<void>;

  /** Ids of revoked devices that something was ever wanted of, ascending, above `after`. */
  listRevoked(page: { after?: string | undefined; limit: number }): Promise<string[]>;
  /** Certificates of revoked devices that have not ended by themselves, those revoked first at first. */
  listRevokedCertificates(now: number): Promise<RevokedCertificate[]>;
  /** Documents of devices that are not revoked, ascending by device, above `after`. */
  listDesired(page: { after?: string | undefined; limit: number }): Promise<Desired[]>;
}
