import {
  isFlotillaError,
  JoinRequest,
  type JoinResponse,
  RenewRequest,
  type RenewResponse,
} from '@flotilla/contracts';
import { Hono } from 'hono';
import { clientAddress } from '../client-address.ts';
import { createSignInLimit } from '../sign-in-limit.ts';
import { requireDevice } from './device-certificate.ts';
import type { GatewayDeps } from './gateway-deps.ts';
import type { GatewayEnv } from './gateway-env.ts';
import { readDocument } from './read-document.ts';

/** Wrong tokens per minute and address: a whole site may join from behind one. */
const JOIN_TRIES = 60;

/** A token's secret is the right to join; afterwards the certificate is the right to the next one. */
export const join = ({ registry, addresses, keys, clock, caPem, metrics }: GatewayDeps) => {
  const limit = createSignInLimit({
    clock,
    tries: JOIN_TRIES,
    onFailed: (by) => metrics.signInFailed(by),
  });
  return new Hono<GatewayEnv>()
    .post('/join', async (c) => {
      const request = await readDocument(c.req, JoinRequest);
      const joined = await registry.join(request).catch((error: unknown) => {
        const isWrong = isFlotillaError(error) && error.code.startsWith('join-token-');
        const tooMany = isWrong ? limit.failed({ address: clientAddress(c), by: 'join' }) : undefined;
        throw tooMany ?? error;
      });
      const answer: JoinResponse = {
        v: 1,
        ...joined,
        gatewayUrl: addresses.gatewayUrl(),
        mqttUrl: addresses.mqttUrl(),
        keys: keys.current(),
        serverTime: clock.now(),
      };
      return c.json(answer, 200, { 'cache-control': 'no-store' });
    })
    .post(
      '/certificates/renew',
      requireDevice({ registry, caPem, clock, accept: 'renewable' }),
      async (c) => {
        const { csr } = await readDocument(c.req, RenewRequest);
        const answer: RenewResponse = { v: 1, ...(await registry.renewCertificate(c.var.deviceId, csr)) };
        return c.json(answer, 200, { 'cache-control': 'no-store' });
      },
    );
};
