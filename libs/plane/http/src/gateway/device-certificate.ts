import { FlotillaError } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import type { Registry } from '@flotilla/plane-registry';
import { parseCertificate, verifyChain } from '@flotilla/platform-pki';
import { createMiddleware } from 'hono/factory';
import type { GatewayEnv } from './gateway-env.ts';

/** How long after its end a certificate that was not revoked may still ask for the next one: a box back from a drawer. */
const RENEWABLE_MS = 365 * 86_400_000;

interface RequireDevice {
  registry: Pick<Registry, 'isRevoked'>;
  caPem: string;
  clock: Clock;
  /** `renewable` lets one in that expired less than a year ago. Default `valid`. */
  accept?: 'valid' | 'renewable';
}

/**
 * Lets a request through when its connection's certificate is one of ours and names a device that was not revoked.
 *
 * The server asks for a certificate and refuses nobody at the handshake, since joining needs none. So the chain is
 * verified here, by ourselves: what OpenSSL reports is only its last error, and an expired certificate of a foreign
 * authority would look like one that merely expired.
 */
export const requireDevice = ({ registry, caPem, clock, accept = 'valid' }: RequireDevice) =>
  createMiddleware<GatewayEnv>(async (c, next) => {
    const bindings = c.env as GatewayEnv['Bindings'] | undefined;
    const certificate = bindings?.incoming?.socket.getPeerX509Certificate?.();
    if (certificate === undefined) {
      throw refused(
        'A client certificate is needed here.',
        'Join first, and use the certificate from the answer.',
      );
    }
    const deviceId = commonNameOf({ pem: certificate.toString(), caPem, now: clock.now(), accept });
    if (await registry.isRevoked(deviceId)) {
      throw new FlotillaError('device-revoked', `The device ${deviceId} was revoked.`, {
        details: { about: deviceId, fix: 'Join again with a new token if this was a mistake.' },
      });
    }
    c.set('deviceId', deviceId);
    return next();
  });

function commonNameOf({
  pem,
  caPem,
  now,
  accept,
}: {
  pem: string;
  caPem: string;
  now: number;
  accept: 'valid' | 'renewable';
}): string {
  const verdict = verifyChain({ certificatePem: pem, caPem, now });
  if (verdict.ok) return verdict.commonName;
  if (verdict.reason !== 'expired') {
    throw refused(
      `The client certificate is not accepted: ${verdict.reason}.`,
      'Join again: this control plane did not issue it, or the clock of one side is wrong.',
    );
  }
  const { commonName, notAfter } = parseCertificate(pem);
  if (accept === 'renewable' && now - notAfter <= RENEWABLE_MS) return commonName;
  throw accept === 'renewable'
    ? refused('The client certificate expired more than a year ago.', 'Join again with a new token.')
    : refused('The client certificate has expired.', 'Renew it with POST /v1/certificates/renew.');
}

function refused(message: string, fix: string): FlotillaError {
  return new FlotillaError('certificate-refused', message, { details: { fix } });
}
