/** The way between devices and those who decide about them, over our own broker or another one. */
export {
  createDeviceLink,
  type DeviceLink,
  type DeviceLinkDeps,
  type DeviceLinkEvents,
} from './device-link.ts';
export {
  createEmbeddedBroker,
  type BrokerTls,
  type EmbeddedBroker,
  type EmbeddedBrokerOptions,
} from './embedded-broker.ts';
export { createExternalBroker, PLANE_USER, type ExternalBrokerOptions } from './external-broker.ts';
export { listenOn } from './listen-on.ts';
export { signDesired } from './sign-desired.ts';
export type { DeviceMessage, DeviceTransport, RefusedMessage, TransportListeners } from './transport.ts';
