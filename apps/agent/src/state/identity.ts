import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { DeviceId, FlotillaError, KeySet, TimeMs } from '@flotilla/contracts';
import {
  fileError,
  readJsonFile,
  systemCode,
  writeFileAtomic,
  writeJsonFile,
} from '@flotilla/platform-files';
import { z } from 'zod';

const DeviceFile = z.object({
  v: z.literal(1),
  deviceId: DeviceId,
  gatewayUrl: z.url(),
  mqttUrl: z.url(),
  joinedAt: TimeMs,
});

/** Who this device is, and whom it trusts. The key never leaves the folder. */
export interface Identity {
  deviceId: string;
  gatewayUrl: string;
  mqttUrl: string;
  joinedAt: number;
  privateKeyPem: string;
  certificatePem: string;
  caPem: string;
  keys: KeySet;
}

const FILES = {
  device: 'device.json',
  key: 'key.pem',
  certificate: 'certificate.pem',
  ca: 'ca.pem',
  keys: 'keys.json',
};

/** The identity in a folder; undefined before a join. Throws `corrupt-file` where a part of it is missing. */
export async function readIdentity(folder: string): Promise<Identity | undefined> {
  const device = await readJsonFile(join(folder, FILES.device), DeviceFile);
  if (device === undefined) return undefined;
  const keys = await readJsonFile(join(folder, FILES.keys), KeySet);
  const [privateKeyPem, certificatePem, caPem] = await Promise.all(
    [FILES.key, FILES.certificate, FILES.ca].map((name) => readText(join(folder, name))),
  );
  if (!keys || privateKeyPem === undefined || certificatePem === undefined || caPem === undefined) {
    throw new FlotillaError('corrupt-file', `The identity in ${folder} is not complete.`, {
      details: { about: folder, fix: 'Join again with `flotilla-agent join TOKEN --force`.' },
    });
  }
  const { deviceId, gatewayUrl, mqttUrl, joinedAt } = device;
  return { deviceId, gatewayUrl, mqttUrl, joinedAt, privateKeyPem, certificatePem, caPem, keys };
}

/** Writes all of it with mode 600; the file that makes it count comes last. */
export async function writeIdentity(folder: string, identity: Identity): Promise<void> {
  const { deviceId, gatewayUrl, mqttUrl, joinedAt } = identity;
  await writeFileAtomic(join(folder, FILES.key), identity.privateKeyPem);
  await writeCertificate(folder, identity);
  await writeFileAtomic(join(folder, FILES.ca), identity.caPem);
  await writeKeySet(folder, identity.keys);
  await writeJsonFile(join(folder, FILES.device), { v: 1, deviceId, gatewayUrl, mqttUrl, joinedAt });
}

export async function writeCertificate(
  folder: string,
  { certificatePem }: Pick<Identity, 'certificatePem'>,
): Promise<void> {
  await writeFileAtomic(join(folder, FILES.certificate), certificatePem);
}

export async function writeKeySet(folder: string, keys: KeySet): Promise<void> {
  await writeJsonFile(join(folder, FILES.keys), keys);
}

/** The key of an identity that is being made; undefined where none was begun. */
export async function readPendingKey(folder: string): Promise<string | undefined> {
  return readText(join(folder, FILES.key));
}

export async function writePendingKey(folder: string, privateKeyPem: string): Promise<void> {
  await writeFileAtomic(join(folder, FILES.key), privateKeyPem);
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw fileError({ error, path, doing: 'Reading' });
  }
}
