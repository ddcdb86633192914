import type { Clock } from '@flotilla/kernel';
import type { Registry } from '@flotilla/plane-registry';
import {
  createEmbeddedBroker,
  createExternalBroker,
  type DeviceTransport,
  type EmbeddedBroker,
} from '@flotilla/plane-link';
import type { Log } from '@flotilla/platform-log';
import { inUrl, publicAddressOf, type ControlPlaneConfig } from './config.ts';
import type { Pki } from './pki/open-pki.ts';

export interface ComposedTransport {
  transport: DeviceTransport;
  /** Only when the broker is ours. */
  embedded: EmbeddedBroker | undefined;
  /** What devices are told; with the port that was really taken, once it runs. */
  mqttUrl: () => string;
}

/** The broker that the configuration asks for. */
export function composeTransport({
  config,
  pki,
  registry,
  clock,
  log,
}: {
  config: ControlPlaneConfig;
  pki: Pki;
  registry: Registry;
  clock: Clock;
  log: Log;
}): ComposedTransport {
  const { brokerUrl, brokerUsername, brokerPassword, brokerGroup } = config;
  if (brokerUrl === undefined) {
    const embedded = createEmbeddedBroker({
      host: config.host,
      port: config.mqttPort,
      tls: brokerTls(pki),
      isRevoked: (deviceId) => registry.isRevoked(deviceId),
      onError: (error) => log.error({ error }, 'broker failed'),
    });
    const address = inUrl(publicAddressOf(config));
    return { transport: embedded, embedded, mqttUrl: () => `mqtts://${address}:${embedded.port()}` };
  }
  const transport = createExternalBroker({
    url: brokerUrl,
    clock,
    ...(brokerUsername === undefined ? {} : { username: brokerUsername }),
    ...(brokerPassword === undefined ? {} : { password: brokerPassword }),
    ...(brokerGroup === undefined ? {} : { group: brokerGroup }),
    ...(brokerUrl.startsWith('mqtts:')
      ? {
          tls: () => ({
            ca: pki.ca.certificatePem,
            cert: pki.plane().certificatePem,
            key: pki.plane().privateKeyPem,
          }),
        }
      : {}),
    onLine: ({ state, error }) => {
      if (state === 'connected') log.info({ brokerUrl }, 'broker connected');
      else log.warn({ brokerUrl, state, error }, 'broker line');
    },
  });
  return { transport, embedded: undefined, mqttUrl: () => brokerUrl };
}

/** What the embedded broker shows and whom it trusts. */
export function brokerTls(pki: Pki): { cert: string; key: string; ca: string } {
  const { certificatePem, privateKeyPem } = pki.server();
  return { cert: certificatePem, key: privateKeyPem, ca: pki.ca.certificatePem };
}
