import { createHash } from 'node:crypto';

import { FlotillaError, GATEWAY_PATHS, LIMITS, Manifest } from '@flotilla/contracts';

import type { GatewayClient } from './gateway.ts';

/**
 * The manifest of a model, verified before a word of it is believed: its bytes have the digest that the signed
 * release names, and it is about that model.
 */
export async function fetchManifest({
  model,
  client,
  signal,
}: {
  model: { digest: string; manifestDigest: string };
  client: GatewayClient;
  signal?: AbortSignal;
}): Promise<Manifest> {
  const bytes = await client.get({
    path: GATEWAY_PATHS.manifest.replace('{digest}', model.manifestDigest),
    maxBytes: LIMITS.manifestBytes,
    signal,
  });
  const details = { about: model.manifestDigest };
  if (bytes === undefined) {
    throw new FlotillaError('not-found', `The gateway has no manifest ${model.manifestDigest}.`, { details });
  }
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest !== model.manifestDigest) {
    throw new FlotillaError(
      'digest-mismatch',
      `The manifest arrived with digest ${digest} instead of ${model.manifestDigest}.`,
      { details },
    );
  }
  const manifest = readManifest(bytes);
  if (manifest?.digest !== model.digest) {
    throw new FlotillaError(
      'digest-mismatch',
      `The manifest ${model.manifestDigest} does not describe ${model.digest}.`,
      {
        details: { ...details, fix: 'Import the model again: its release names a wrong manifest.' },
        retryable: false,
      },
    );
  }
  return manifest;
}

function readManifest(bytes: Uint8Array): Manifest | undefined {
  try {
    return Manifest.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
