import type { GatewayClient } from '@flotilla/agent-models';
import { FlotillaError, GATEWAY_PATHS, RenewResponse } from '@flotilla/contracts';
import { retrySchedule, type Clock, type Timer } from '@flotilla/kernel';
import { createCertificateRequest, parseCertificate, renewAt, verifyChain } from '@flotilla/platform-pki';
import type { Identity } from '../state/identity.ts';

export interface CertificateRenewalOptions {
  identity: () => Identity;
  gateway: () => Pick<GatewayClient, 'post'>;
  /** Keeps the new certificate; new connections use it from then on. */
  save: (certificatePem: string) => Promise<void>;
  clock: Clock;
  random: () => number;
  onRenewed: (notAfter: number) => void;
  onError: (error: unknown) => void;
}

/**
 * Renews the certificate at two thirds of its life, with some spread, and tries again until it works: also after the
 * end of its life, since a box that was away may still renew.
 */
export class CertificateRenewal {
  readonly #options: CertificateRenewalOptions;
  #timer: Timer | undefined;
  #delays: Iterator<number> | undefined;
  #abort = new AbortController();

  constructor(options: CertificateRenewalOptions) {
    this.#options = options;
  }

  start(): void {
    this.#abort = new AbortController();
    this.#arm();
  }

  stop(): void {
    this.#abort.abort();
    this.#timer?.cancel();
  }

  #arm(): void {
    const { identity, clock, random } = this.#options;
    const facts = parseCertificate(identity().certificatePem);
    const spread = ((facts.notAfter - facts.notBefore) / 50) * random();
    this.#timer = clock.setTimeout(
      () => void this.#renew(),
      Math.max(0, renewAt(facts) + spread - clock.now()),
    );
  }

  async #renew(): Promise<void> {
    const { clock, random, onRenewed, onError } = this.#options;
    try {
      const certificatePem = await this.#ask();
      await this.#options.save(certificatePem);
      this.#delays = undefined;
      onRenewed(parseCertificate(certificatePem).notAfter);
      this.#arm();
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      onError(error);
      this.#delays ??= retrySchedule({ initialMs: 30_000, maxMs: 3_600_000, minMs: 5_000, random })[
        Symbol.iterator
      ]();
      this.#timer = clock.setTimeout(() => void this.#renew(), this.#delays.next().value as number);
    }
  }

  async #ask(): Promise<string> {
    const { identity, gateway, clock } = this.#options;
    const { privateKeyPem, deviceId, caPem } = identity();
    const csr = await createCertificateRequest({ privateKeyPem, commonName: deviceId });
    const bytes = await gateway().post({
      path: GATEWAY_PATHS.renew,
      body: { v: 1, csr },
      maxBytes: 64 * 1024,
      signal: this.#abort.signal,
    });
    const { certificate } = RenewResponse.parse(
      JSON.parse(Buffer.from(bytes ?? []).toString('utf8') || 'null'),
    );
    const chain = verifyChain({ certificatePem: certificate, caPem, now: clock.now() });
    if (chain.ok ? chain.commonName === deviceId : chain.reason === 'not-yet-valid') return certificate;
    throw new FlotillaError('certificate-refused', 'The renewed certificate is not for this device.', {
      details: { about: deviceId },
    });
  }
}
