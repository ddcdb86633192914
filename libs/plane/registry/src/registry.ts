import type {
  CreateJoinTokenRequest,
  Desired,
  DesiredService,
  DevicePolicy,
  DeviceDetail,
  DeviceState,
  DeviceStatus,
  DeviceSummary,
  JoinRequest,
  JoinTokenView,
  Reported,
  Selector,
  UpdateDeviceRequest,
} from '@flotilla/contracts';
import type { Page, PageRequest } from './ports.ts';
import type { RevokedCertificate } from './registry-store.ts';

export interface JoinResult {
  deviceId: string;
  /** PEM. */
  certificate: string;
  /** PEM. */
  ca: string;
}

export interface ListDevices extends PageRequest {
  selector?: Selector | undefined;
  state?: DeviceState | undefined;
}

/** A change of one device's desired document; what is not named stays. */
export interface DesiredChange {
  /** Services to add or replace, by name. */
  set?: DesiredService[];
  /** Names of services to remove. */
  remove?: string[];
  /** Releases whose bytes stay on the device. */
  pin?: string[];
  unpin?: string[];
  policy?: DevicePolicy;
  /** A new generation even when nothing changed, so that the device answers again. Default false. */
  reissue?: boolean;
}

export interface DesiredOutcome {
  generation: number;
  changed: boolean;
}

/** What a device said last, for those who decide about it. */
export interface DeviceRecord {
  id: string;
  name: string;
  labels: Record<string, string>;
  joinedAt: number;
  facts: Reported['facts'] | undefined;
  policy: DevicePolicy;
  reported: Reported | undefined;
  desired: Desired | undefined;
}

/**
 * Devices: who they are, what they say, what is wanted of them.
 *
 * Errors (FlotillaError): `not-found` for an unknown device or token, `join-token-invalid`, `join-token-expired`,
 * `join-token-used-up`, `device-revoked`, `conflict`.
 */
export interface Registry {
  /** `secret` is shown once; the token people hand out wraps it with the gateway's address and CA fingerprint. */
  createJoinToken(
    request: CreateJoinTokenRequest,
    by: string,
  ): Promise<{ secret: string; view: JoinTokenView }>;
  listJoinTokens(page?: PageRequest): Promise<Page<JoinTokenView>>;
  revokeJoinToken(id: string): Promise<void>;

  /**
   * Counts one use of the token and makes the device, both or neither. The same key joining again with the same
   * token is the same device and costs no use: a lost answer can be asked for again.
   */
  join(request: JoinRequest): Promise<JoinResult>;
  /** Throws `device-revoked`. The caller has checked that the connection's certificate names the device. */
  renewCertificate(deviceId: string, csrPem: string): Promise<{ certificate: string; ca: string }>;

  /** A late last will of an older session changes nothing. */
  markStatus(deviceId: string, status: DeviceStatus, receivedAt: number): Promise<void>;
  /** Anything else was heard, such as telemetry. Noted once a minute per device at most. */
  heard(deviceId: string, receivedAt: number): Promise<void>;
  /** An older document than the one held is ignored. */
  takeReported(deviceId: string, reported: Reported, receivedAt: number): Promise<void>;
  /** Every connection is known to be gone: the embedded broker has just started. */
  assumeAllOffline(): Promise<void>;

  listDevices(request?: ListDevices): Promise<Page<DeviceSummary>>;
  /** Throws `not-found`. */
  getDevice(id: string): Promise<DeviceDetail>;
  findDevice(id: string): Promise<DeviceRecord | undefined>;
  countByState(): Promise<Record<DeviceState, number>>;
  updateDevice(id: string, request: UpdateDeviceRequest): Promise<DeviceDetail>;
  /** For ever. The device leaves every list but `getDevice`; listeners of `onRevoked` cut its connection. */
  revokeDevice(id: string): Promise<void>;
  /** True as well for a device nobody knows. */
  isRevoked(id: string): Promise<boolean>;
  /** What a revocation list names: certificates of revoked devices that have not ended by themselves. */
  revokedCertificates(): Promise<RevokedCertificate[]>;
  /** Ids in ascending order. */
  devicesMatching(selector: Selector): Promise<string[]>;
  /** The same devices with what they said, one page in memory at a time. */
  recordsMatching(selector: Selector): AsyncIterable<DeviceRecord>;

  /** The generation rises by one per change, whoever else changes it at the same time. */
  setDesired(deviceId: string, change: DesiredChange): Promise<DesiredOutcome>;
  getDesired(deviceId: string): Promise<Desired | undefined>;
  /** Every document, for publishing again at start. */
  listDesired(): AsyncIterable<Desired>;
  /** Revoked devices for which a broker may still keep a document. */
  listRevoked(): AsyncIterable<string>;
  /** Called after the change was committed. Returns how to stop. */
  onDesired(listener: (desired: Desired) => void): () => void;
  onRevoked(listener: (deviceId: string) => void): () => void;
}
