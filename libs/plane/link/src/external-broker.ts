import { CHANNELS, type ChannelName, parseTopic } from '@flotilla/contracts';
import { MqttLink, type MqttLinkOptions } from '@flotilla/platform-mqtt';
import type { DeviceMessage, DeviceTransport } from './transport.ts';

/** Common name of the control plane's own certificate at an external broker, and its client id without replicas. */
export const PLANE_USER = 'flotilla-plane';

export interface ExternalBrokerOptions extends Pick<
  MqttLinkOptions,
  'url' | 'username' | 'password' | 'tls' | 'clock' | 'random' | 'retry'
> {
  /** Default `flotilla-plane`; replicas need one each. */
  clientId?: string;
  /** Replicas of one group share the devices' messages, where the broker has `$share`. Default: no group. */
  group?: string;
  /** What the line does, for the log. */
  onLine: (event: {
    state: 'connected' | 'disconnected' | 'failed' | 'subscription-refused';
    error?: unknown;
  }) => void;
}

const UP = (Object.keys(CHANNELS) as ChannelName[]).filter((name) => CHANNELS[name].direction === 'up');
const RETAINED_DOWN = (Object.keys(CHANNELS) as ChannelName[]).filter(
  (name) => CHANNELS[name].direction === 'down' && CHANNELS[name].retain,
);

/**
 * A broker that others run: Mosquitto, EMQX, ... It must name each client by its certificate and hold it to the ACL of
 * `deploy/mosquitto/acl`; what the control plane hears it checks again.
 */
export function createExternalBroker({
  clientId = PLANE_USER,
  group,
  onLine,
  ...options
}: ExternalBrokerOptions): DeviceTransport {
  const link = new MqttLink({ ...options, clientId });
  const stops: (() => void)[] = [];
  return {
    async start({ onMessage, onRefused, onUp }) {
      for (const channel of UP) {
        stops.push(
          link.subscribe(channel, group === undefined ? {} : { group }, (payload, { deviceId }) =>
            // The link has parsed the payload with the schema of this very channel.
            onMessage({ channel, deviceId, payload } as DeviceMessage),
          ),
        );
      }
      link.events.on('message-refused', ({ channel, topic, reason, problem }) =>
        onRefused({ channel, deviceId: parseTopic(topic)?.deviceId, reason, problem }),
      );
      link.events.on('connected', () => {
        onLine({ state: 'connected' });
        onUp();
      });
      link.events.on('disconnected', ({ error }) => onLine({ state: 'disconnected', error }));
      link.events.on('connect-failed', ({ error }) => onLine({ state: 'failed', error }));
      link.events.on('subscription-refused', ({ error }) => onLine({ state: 'subscription-refused', error }));
      link.start();
    },
    async stop() {
      for (const stop of stops.splice(0)) stop();
      await link.stop();
    },
    publish: (channel, deviceId, payload) => link.publish(channel, { deviceId }, payload),
    async clearRetained(deviceId) {
      for (const channel of RETAINED_DOWN) await link.clearRetained(channel, { deviceId });
    },
    cut() {
      // Only the broker could; the device's messages are refused from now on, and its certificate is not renewed.
    },
    isConnected: () => undefined,
  };
}
