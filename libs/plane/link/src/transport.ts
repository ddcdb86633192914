import type { ChannelName, PayloadInput, PayloadOf } from '@flotilla/contracts';
import type { RefusalReason } from '@flotilla/platform-mqtt';

/** A message of a device, parsed. */
export type DeviceMessage = {
  [Name in ChannelName]: { channel: Name; deviceId: string; payload: PayloadOf<Name> };
}[ChannelName];

/** A message that was not handed on. Its content is nowhere in here. */
export interface RefusedMessage {
  /** Undefined for a topic that is none of ours. */
  channel: ChannelName | undefined;
  /** Who sent it, where that is known. */
  deviceId: string | undefined;
  reason: RefusalReason | 'not-allowed' | 'wrong-device' | 'revoked';
  problem: string;
}

export interface TransportListeners {
  /** The transport reads no more of that device until the promise settles. Never rejects. */
  onMessage: (message: DeviceMessage) => Promise<void>;
  onRefused: (refused: RefusedMessage) => void;
  /** The broker is there, and may have lost what it kept. */
  onUp: () => void;
}

/** The way to the devices: our own broker, or one outside. */
export interface DeviceTransport {
  start(listeners: TransportListeners): Promise<void>;
  stop(): Promise<void>;
  /** Throws `offline` or `timeout` (retryable) where the broker does not take it. */
  publish<Name extends ChannelName>(
    channel: Name,
    deviceId: string,
    payload: PayloadInput<Name>,
  ): Promise<void>;
  /** Takes back what is retained for a device that is gone. */
  clearRetained(deviceId: string): Promise<void>;
  /** Cuts the live connection of a device, where the broker is ours. */
  cut(deviceId: string): void;
  /** Whether the device is connected now; undefined where only an outside broker knows. */
  isConnected(deviceId: string): boolean | undefined;
}
