export { type TlsMaterial } from './connection.ts';
export {
  type Audience,
  type HandlerFailed,
  type MessageContext,
  type MessageHandler,
  type MessageRefused,
} from './inbox.ts';
export {
  decodeMessage,
  encodeMessage,
  type Decoded,
  type Outgoing,
  type RefusalReason,
} from './message-codec.ts';
export { probeBroker } from './probe-broker.ts';
export { MqttLink, type MqttLinkEvents, type MqttLinkOptions, type MqttLinkState } from './mqtt-link.ts';
