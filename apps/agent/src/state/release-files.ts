import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { GatewayClient } from '@flotilla/agent-models';
import type { ReleaseStore } from '@flotilla/agent-reconcile';
import {
  FlotillaError,
  GATEWAY_PATHS,
  LIMITS,
  PAYLOAD_TYPES,
  Release,
  SignedRelease,
  type KeySet,
} from '@flotilla/contracts';
import { readJsonFile, systemCode, writeJsonFile } from '@flotilla/platform-files';
import { hashSha256, verifyDsse } from '@flotilla/platform-pki';
import { z } from 'zod';

/** A base64 payload and its envelope are larger than the release itself. */
const MAX_SIGNED_BYTES = LIMITS.releaseBytes * 2;
const StoredRelease = z.object({ v: z.literal(1), release: Release });

/**
 * Releases in a folder, each under its digest. A release is verified when it comes in, against the keys that are
 * trusted then; what is on the disk is trusted like every other file there.
 */
export function createReleaseFiles({
  folder,
  gateway,
  keys,
}: {
  folder: string;
  gateway: () => Pick<GatewayClient, 'get'>;
  keys: () => KeySet;
}): ReleaseStore {
  const known = new Map<string, Release>();
  let listed = false;

  return {
    async list() {
      if (!listed) {
        for (const digest of await namesIn(folder)) {
          // One that cannot be read is as good as absent: it is fetched again.
          const file = await readJsonFile(fileOf(folder, digest), StoredRelease).catch(() => undefined);
          if (file) known.set(digest, file.release);
        }
        listed = true;
      }
      return new Map(known);
    },
    async fetch(digest, { signal }) {
      const path = GATEWAY_PATHS.release.replace('{digest}', digest);
      const bytes = await gateway().get({ path, maxBytes: MAX_SIGNED_BYTES, signal });
      const release = verifyRelease({ bytes, digest, keys: keys() });
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeJsonFile(fileOf(folder, digest), { v: 1, release });
      known.set(digest, release);
      return release;
    },
    async keepOnly(digests) {
      const kept = new Set(digests);
      for (const digest of await namesIn(folder)) {
        if (!kept.has(digest)) await rm(fileOf(folder, digest), { force: true });
      }
      for (const digest of known.keys()) if (!kept.has(digest)) known.delete(digest);
    },
  };
}

/** Exported for its test. The digest is of the very bytes that were signed. Throws `signature-invalid`. */
export function verifyRelease({
  bytes,
  digest,
  keys,
}: {
  bytes: Uint8Array | undefined;
  digest: string;
  keys: KeySet;
}): Release {
  const signed = SignedRelease.safeParse(parseJson(bytes));
  if (!signed.success) throw refused(digest, 'it is not a signed release');
  const verdict = verifyDsse({
    envelope: signed.data.envelope,
    keys: keys.keys,
    payloadType: PAYLOAD_TYPES.release,
  });
  if (!verdict.ok) throw refused(digest, REASONS[verdict.reason]);
  if (hashSha256(verdict.payload) !== digest)
    throw refused(digest, 'it is another release than the one named');
  const release = Release.safeParse(parseJson(verdict.payload));
  if (!release.success) throw refused(digest, 'its content is not that of a release');
  return release.data;
}

const REASONS = {
  'wrong-type': 'what was signed is not a release',
  'unknown-key': 'it is not signed by a key this device trusts',
  'bad-signature': 'the signature is not of the key it names',
};

function refused(digest: string, why: string): FlotillaError {
  return new FlotillaError('signature-invalid', `The release ${digest.slice(0, 12)} is refused: ${why}.`, {
    details: { about: digest, fix: 'Publish the release again from the control plane this device joined.' },
  });
}

function parseJson(bytes: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(bytes ?? []).toString('utf8'));
  } catch {
    return undefined;
  }
}

function fileOf(folder: string, digest: string): string {
  return join(folder, `${digest}.json`);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).flatMap((name) => /^([0-9a-f]{64})\.json$/.exec(name)?.[1] ?? []);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
