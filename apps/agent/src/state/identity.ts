import { rm } from 'node:fs/promises';

import { DeviceId, KeySet, TimeMs } from '@flotilla/contracts';
import { readJsonFile, writeJsonFile } from '@flotilla/platform-files';
import { z } from 'zod';

const Pem = z.string().min(1).max(65_536);

/** Who this device is, and whom it trusts. The key never leaves the file, which has mode 600. */
export const Identity = z.object({
  v: z.literal(1),
  deviceId: DeviceId,
  gatewayUrl: z.url(),
  mqttUrl: z.url(),
  joinedAt: TimeMs,
  privateKeyPem: Pem,
  certificatePem: Pem,
  caPem: Pem,
  keys: KeySet,
});
export type Identity = z.infer<typeof Identity>;

const PendingKey = z.object({ v: z.literal(1), privateKeyPem: Pem });

/** Undefined before a join. Throws `corrupt-file` for one that is damaged. */
export function readIdentity(path: string): Promise<Identity | undefined> {
  return readJsonFile(path, Identity);
}

export async function writeIdentity(path: string, identity: Identity): Promise<void> {
  await writeJsonFile(path, identity);
}

/** The key of a join that was begun and not ended: used again, so that a lost answer makes no second device. */
export async function readPendingKey(path: string): Promise<string | undefined> {
  return (await readJsonFile(path, PendingKey).catch(() => undefined))?.privateKeyPem;
}

export async function writePendingKey(path: string, privateKeyPem: string): Promise<void> {
  await writeJsonFile(path, { v: 1, privateKeyPem });
}

export async function removePendingKey(path: string): Promise<void> {
  await rm(path, { force: true });
}
