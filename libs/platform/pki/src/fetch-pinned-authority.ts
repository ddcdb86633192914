import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';

import { FlotillaError } from '@flotilla/contracts';

/**
 * Asks a TLS server for its certificates and returns, as PEM, the one with this fingerprint.
 *
 * This proves nothing about the server: anyone may show a public certificate. Whoever calls then connects again with
 * the returned authority as the only trusted one, and sends its secret over that connection.
 * Throws `fingerprint-mismatch` where no shown certificate has the fingerprint, `offline` or `timeout` (retryable)
 * where the server cannot be reached.
 */
export async function fetchPinnedAuthority({
  url,
  fingerprint,
  timeoutMs = 10_000,
  signal,
}: {
  url: string;
  /** SHA-256 of the DER bytes, lower-case hex. */
  fingerprint: string;
  timeoutMs?: number;
  signal?: AbortSignal;
}): Promise<string> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const socket = connect({
    host,
    port: Number(port || 443),
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
  });
  try {
    await secured({ socket, url, timeoutMs, signal });
    const pinned = chainOf(socket.getPeerCertificate(true)).find(
      ({ fingerprint256 }) => fingerprint256.replaceAll(':', '').toLowerCase() === fingerprint,
    );
    if (pinned) return toPem(pinned.raw);
    throw new FlotillaError(
      'fingerprint-mismatch',
      `${url} is not the control plane that the join token names.`,
      {
        details: {
          about: url,
          fix: 'Check the address, or create a new join token at the right control plane.',
        },
      },
    );
  } finally {
    socket.destroy();
  }
}

interface Waiting {
  socket: TLSSocket;
  url: string;
  timeoutMs: number;
  signal: AbortSignal | undefined;
}

function secured({ socket, url, timeoutMs, signal }: Waiting): Promise<void> {
  return new Promise((resolve, reject) => {
    const details = { about: url, fix: 'Check the address and that the control plane runs.' };
    socket.once('secureConnect', resolve);
    socket.once('error', (cause: Error) => {
      reject(new FlotillaError('offline', `${url} cannot be reached: ${cause.message}.`, { cause, details }));
    });
    socket.setTimeout(timeoutMs, () => {
      reject(new FlotillaError('timeout', `${url} did not answer within ${timeoutMs} ms.`, { details }));
    });
    const onAbort = (): void =>
      reject(new FlotillaError('aborted', 'It was cancelled.', { cause: signal?.reason }));
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function* chainOf(leaf: DetailedPeerCertificate): Generator<DetailedPeerCertificate> {
  const seen = new Set<string>();
  for (let next: DetailedPeerCertificate | undefined = leaf; next?.raw; next = next.issuerCertificate) {
    if (seen.has(next.fingerprint256)) return; // a self-signed one names itself as its issuer, without end
    seen.add(next.fingerprint256);
    yield next;
  }
}

function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
