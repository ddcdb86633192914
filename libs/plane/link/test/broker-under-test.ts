import { readFile } from 'node:fs/promises';
import { mosquittoAcl } from '@flotilla/contracts';
import { startMosquitto } from '@flotilla/testkit';
import {
  createEmbeddedBroker,
  createExternalBroker,
  PLANE_USER,
  type DeviceMessage,
  type DeviceTransport,
  type RefusedMessage,
} from '../src/index.ts';
import type { TestPki } from './pki.ts';

export interface BrokerUnderTest {
  url: string;
  transport: DeviceTransport;
  /** What reached the control plane, in order. */
  messages: DeviceMessage[];
  refused: RefusedMessage[];
  ups: () => number;
  revoked: Set<string>;
  stop(): Promise<void>;
}

export const BROKERS = { aedes: startAedes, mosquitto: startRealMosquitto };

async function startAedes(pki: TestPki): Promise<BrokerUnderTest> {
  const revoked = new Set<string>();
  const transport = createEmbeddedBroker({
    host: '127.0.0.1',
    port: 0,
    tls: { cert: pki.server.certificatePem, key: pki.server.privateKeyPem, ca: pki.ca.certificatePem },
    isRevoked: async (deviceId) => revoked.has(deviceId),
    onError: (error) => {
      throw error;
    },
  });
  const heard = await listen(transport);
  return {
    ...heard,
    transport,
    revoked,
    url: `mqtts://127.0.0.1:${transport.port()}`,
    stop: () => transport.stop(),
  };
}

async function startRealMosquitto(pki: TestPki): Promise<BrokerUnderTest> {
  const broker = await startMosquitto({
    tls: {
      ca: pki.ca.certificatePem,
      cert: pki.server.certificatePem,
      key: pki.server.privateKeyPem,
      crl: pki.revocationList,
    },
    acl: mosquittoAcl(PLANE_USER),
    config: await deployedPolicy(),
  });
  const transport = createExternalBroker({
    url: broker.url,
    tls: () => ({
      ca: pki.ca.certificatePem,
      cert: pki.plane.certificatePem,
      key: pki.plane.privateKeyPem,
    }),
    onLine: () => {},
  });
  const heard = await listen(transport);
  return {
    ...heard,
    transport,
    revoked: new Set(),
    url: broker.url,
    stop: async () => {
      await transport.stop();
      await broker.stop();
    },
  };
}

async function listen(transport: DeviceTransport) {
  const messages: DeviceMessage[] = [];
  const refused: RefusedMessage[] = [];
  let ups = 0;
  const up = Promise.withResolvers<void>();
  await transport.start({
    onMessage: async (message) => void messages.push(message),
    onRefused: (message) => void refused.push(message),
    onUp: () => {
      ups += 1;
      up.resolve();
    },
  });
  await up.promise;
  return { messages, refused, ups: () => ups };
}

/** The settings of deploy/mosquitto that the fixture does not make itself: what is deployed is what is tested. */
async function deployedPolicy(): Promise<string[]> {
  const text = await readFile(
    new URL('../../../../deploy/mosquitto/mosquitto.conf', import.meta.url),
    'utf8',
  );
  const own = [
    'listener',
    'cafile',
    'certfile',
    'keyfile',
    'crlfile',
    'acl_file',
    'persistence',
    'log_type',
    'require_certificate',
    'use_identity_as_username',
    'allow_anonymous',
  ];
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !own.includes(line.split(' ')[0] ?? ''));
}
