import { z } from 'zod';
import { DsseEnvelope } from './dsse.ts';
import { LIMITS } from './limits.ts';
import { Bytes, DeviceId, ServiceName, Sha256, Share, TimeMs } from './scalars.ts';

/** One service the control plane wants on the device. */
export const DesiredService = z.object({
  service: ServiceName,
  release: Sha256.describe('Digest of the release; fetched over the gateway.'),
  revision: z.int().min(1),
  activation: z
    .enum(['go', 'hold'])
    .default('go')
    .describe(
      'hold: fetch and verify, but do not switch traffic; a paused rollout holds those that have not activated.',
    ),
});
export type DesiredService = z.infer<typeof DesiredService>;

/** Limits the fleet sets for this device. Absent means no limit beyond the release's own. */
export const DevicePolicy = z.object({
  memoryCapBytes: Bytes.optional().describe('Most memory that all services together may take.'),
  memoryReserveShare: Share.optional().describe(
    'Part of the device memory kept for the rest of the box; default 0.15.',
  ),
  downloadBytesPerSecond: z.int().min(1_024).optional(),
  telemetryIntervalMs: z.int().min(1_000).max(3_600_000).optional().describe('Default 30,000.'),
});
export type DevicePolicy = z.infer<typeof DevicePolicy>;

/** What the control plane wants true on one device. Signed; its generation only rises. */
export const Desired = z
  .object({
    v: z.literal(1),
    deviceId: DeviceId.describe("Inside the signature, so that one device's document is void on another."),
    generation: z.int().min(1),
    issuedAt: TimeMs,
    services: z.array(DesiredService).max(LIMITS.servicesPerDevice),
    pinned: z
      .array(Sha256)
      .max(64)
      .default([])
      .describe(
        'Releases whose bytes stay on disk although nothing serves them: rollback costs no download.',
      ),
    policy: DevicePolicy.default({}),
  })
  .meta({ id: 'Desired' });
export type Desired = z.infer<typeof Desired>;

/** The retained message on `desired`: a DSSE envelope around the canonical JSON of a `Desired`. */
export const DesiredMessage = z
  .object({ v: z.literal(1), envelope: DsseEnvelope })
  .meta({ id: 'DesiredMessage' });
export type DesiredMessage = z.infer<typeof DesiredMessage>;
