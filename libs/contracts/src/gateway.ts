import { z } from 'zod';
import { AgentInfo, DeviceFacts } from './device.ts';
import { DsseEnvelope, KeySet } from './dsse.ts';
import { Labels } from './labels.ts';
import { DeviceId, SaidText, TimeMs } from './scalars.ts';

/*
 * The device gateway, over TLS. Paths, all under the address a join token carries:
 *   POST /v1/join                     no client certificate: the token's secret is the right to ask
 *   POST /v1/certificates/renew       client certificate, also one that expired less than a year ago
 *   GET  /v1/desired                  client certificate -> DesiredMessage (204 before the first)
 *   GET  /v1/releases/{digest}        client certificate -> SignedRelease
 *   GET  /v1/manifests/{digest}       client certificate -> Manifest as canonical JSON bytes of that digest
 *   GET  /v1/blobs/{digest}           client certificate, Range honoured -> bytes
 *   GET  /v1/keys                     client certificate -> KeyDocuments
 */
export const GATEWAY_PATHS = {
  join: '/v1/join',
  renew: '/v1/certificates/renew',
  desired: '/v1/desired',
  release: '/v1/releases/{digest}',
  manifest: '/v1/manifests/{digest}',
  blob: '/v1/blobs/{digest}',
  keys: '/v1/keys',
} as const;

const Pem = z.string().max(16_384);

export const JoinRequest = z
  .object({
    v: z.literal(1),
    secret: z.string().max(128).describe('From the join token.'),
    csr: Pem.describe('PKCS#10 of a key that never leaves the device.'),
    name: SaidText(253).optional().describe('What to call the device; default its host name.'),
    labels: Labels.default({}),
    agent: AgentInfo,
    facts: DeviceFacts.optional(),
  })
  .meta({ id: 'JoinRequest' });
export type JoinRequest = z.infer<typeof JoinRequest>;

export const JoinResponse = z
  .object({
    v: z.literal(1),
    deviceId: DeviceId,
    certificate: Pem,
    ca: Pem,
    gatewayUrl: z.url().max(512),
    mqttUrl: z.url().max(512).describe('mqtts://host:port'),
    keys: KeySet,
    serverTime: TimeMs,
  })
  .meta({ id: 'JoinResponse' });
export type JoinResponse = z.infer<typeof JoinResponse>;

export const RenewRequest = z.object({ v: z.literal(1), csr: Pem }).meta({ id: 'RenewRequest' });
export type RenewRequest = z.infer<typeof RenewRequest>;

export const RenewResponse = z
  .object({ v: z.literal(1), certificate: Pem, ca: Pem })
  .meta({ id: 'RenewResponse' });
export type RenewResponse = z.infer<typeof RenewResponse>;

/** Every key set ever issued, oldest first, each signed by a key of the one before it. */
export const KeyDocuments = z
  .object({ v: z.literal(1), documents: z.array(DsseEnvelope).max(64) })
  .meta({ id: 'KeyDocuments' });
export type KeyDocuments = z.infer<typeof KeyDocuments>;
