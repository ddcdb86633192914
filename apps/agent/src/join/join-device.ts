import { hostname } from 'node:os';

import { createGatewayClient } from '@flotilla/agent-models';
import {
  FlotillaError,
  GATEWAY_PATHS,
  JoinResponse,
  toFlotillaError,
  type AgentInfo,
  type DeviceFacts,
  type JoinRequest,
  type Labels,
} from '@flotilla/contracts';
import { retrySchedule, sleep, type Clock } from '@flotilla/kernel';
import type { DataFolder } from '@flotilla/platform-files';
import {
  createCertificateRequest,
  createKeyPair,
  fetchPinnedAuthority,
  fingerprint,
  parseJoinToken,
  verifyChain,
  type JoinToken,
} from '@flotilla/platform-pki';
import { dataPaths } from '../state/data-paths.ts';
import {
  readIdentity,
  readPendingKey,
  removePendingKey,
  writeIdentity,
  writePendingKey,
  type Identity,
} from '../state/identity.ts';

export interface JoinOptions {
  token: string;
  /** Held open, and so locked: a running agent must not lose its identity under its feet. */
  folder: DataFolder;
  name?: string;
  labels: Labels;
  agent: AgentInfo;
  facts?: DeviceFacts;
  /** Gives up an identity that is there. */
  force: boolean;
  clock: Clock;
  signal?: AbortSignal;
  /** Attempts while the control plane cannot be reached. Default 5. */
  attempts?: number;
}

/**
 * Makes this box a device of a control plane.
 *
 * Nothing but a TLS greeting is sent before the authority was found to have the fingerprint that the token names; the
 * secret goes over a second connection that trusts this authority alone. The key is made here, is on the disk before
 * its request is sent, and is used again when the answer was lost: the same token then gives the same device.
 *
 * Throws `already-exists` where there is an identity, `join-token-invalid | -expired | -used-up`,
 * `fingerprint-mismatch`, `certificate-refused`, `offline`.
 */
export async function joinDevice(options: JoinOptions): Promise<Identity> {
  const { folder, force, clock, signal } = options;
  const paths = dataPaths(folder.path);
  const token = parseJoinToken(options.token);
  const held = await readIdentity(paths.identity).catch((error: unknown) => {
    if (force) return undefined;
    throw error;
  });
  if (held && !force) {
    throw new FlotillaError(
      'already-exists',
      `This box is the device ${held.deviceId} of ${held.gatewayUrl} already.`,
      {
        details: { about: paths.identity, fix: 'Use --force to give that identity up and join anew.' },
      },
    );
  }
  const privateKeyPem = (await readPendingKey(paths.pendingKey)) ?? createKeyPair('tls').privateKeyPem;
  await writePendingKey(paths.pendingKey, privateKeyPem);

  const caPem = await whileOffline({ ...options, run: () => fetchPinnedAuthority({ ...token, signal }) });
  const response = await whileOffline({
    ...options,
    run: () => ask({ ...options, token, caPem, privateKeyPem }),
  });
  checkResponse({ response, token, now: clock.now() });

  const { deviceId, gatewayUrl, mqttUrl, certificate, ca, keys } = response;
  const identity: Identity = {
    v: 1,
    deviceId,
    gatewayUrl,
    mqttUrl,
    joinedAt: clock.now(),
    privateKeyPem,
    certificatePem: certificate,
    caPem: ca,
    keys,
  };
  await writeIdentity(paths.identity, identity);
  await removePendingKey(paths.pendingKey);
  return identity;
}

async function ask({
  token,
  caPem,
  privateKeyPem,
  name = hostname(),
  labels,
  agent,
  facts,
  signal,
}: Omit<JoinOptions, 'token'> & {
  token: JoinToken;
  caPem: string;
  privateKeyPem: string;
}): Promise<JoinResponse> {
  const csr = await createCertificateRequest({ privateKeyPem, commonName: 'flotilla-device' });
  const client = createGatewayClient({ url: token.url, credentials: () => ({ ca: caPem }) });
  try {
    const body: JoinRequest = {
      v: 1,
      secret: token.secret,
      csr,
      name,
      labels,
      agent,
      ...(facts ? { facts } : {}),
    };
    const bytes = await client.post({ path: GATEWAY_PATHS.join, body, maxBytes: 256 * 1024, signal });
    const parsed = JoinResponse.safeParse(JSON.parse(Buffer.from(bytes ?? []).toString('utf8') || 'null'));
    if (parsed.success) return parsed.data;
    throw new FlotillaError(
      'internal',
      `${token.url} answered the join with something this agent cannot read.`,
      {
        cause: parsed.error,
        details: { about: token.url, fix: 'Update the agent.' },
      },
    );
  } finally {
    await client.close();
  }
}

/** The answer came from whom the token names; that it is one for this key and by this authority is checked all the same. */
function checkResponse({
  response,
  token,
  now,
}: {
  response: JoinResponse;
  token: JoinToken;
  now: number;
}): void {
  if (fingerprint(response.ca) !== token.fingerprint) {
    throw new FlotillaError(
      'fingerprint-mismatch',
      'The control plane answered with another authority than the token names.',
      {
        details: { about: token.url },
      },
    );
  }
  // A box whose clock is years off must still be able to join: of the lifetime only the server's word counts.
  const chain = verifyChain({
    certificatePem: response.certificate,
    caPem: response.ca,
    now: Math.max(now, response.serverTime),
  });
  const known = chain.ok ? chain.commonName === response.deviceId : chain.reason === 'expired';
  if (!known) {
    throw new FlotillaError(
      'certificate-refused',
      'The control plane answered with a certificate that is not for this device.',
      {
        details: { about: token.url },
      },
    );
  }
}

async function whileOffline<T>({
  run,
  clock,
  signal,
  attempts = 5,
}: Pick<JoinOptions, 'clock' | 'signal' | 'attempts'> & { run: () => Promise<T> }): Promise<T> {
  const delays = retrySchedule({
    initialMs: 1_000,
    maxMs: 10_000,
    attempts: attempts - 1,
    random: Math.random,
  })[Symbol.iterator]();
  for (;;) {
    try {
      return await run();
    } catch (thrown) {
      const error = toFlotillaError(thrown);
      const delay = delays.next();
      if (!['offline', 'timeout', 'unavailable'].includes(error.code) || delay.done === true) throw error;
      await sleep({ clock, ms: delay.value, signal });
    }
  }
}
