import { request } from 'node:https';
import { connect } from 'node:tls';

import { GATEWAY_PATHS, toFlotillaError } from '@flotilla/contracts';
import { formatDuration, type Clock } from '@flotilla/kernel';
import { probeBroker } from '@flotilla/platform-mqtt';
import type { Identity } from '../state/identity.ts';
import { fail, ok, warn, type Finding } from './finding.ts';

const PATIENCE_MS = 5_000;
/** The `Date` of an answer has whole seconds; more than this apart is more than rounding and the way. */
const CLOSE_MS = 5_000;
/** Further apart, certificates and windows are judged wrongly. */
const FAR_MS = 5 * 60_000;

/** Asks the gateway over mTLS; its `Date` says how far apart the clocks are. */
export async function checkGateway(identity: Identity, clock: Clock): Promise<Finding[]> {
  const { gatewayUrl } = identity;
  try {
    const sentAt = clock.now();
    const { status, date } = await askGateway(identity);
    const theirs = date === undefined ? Number.NaN : Date.parse(date);
    const gateway =
      status < 500
        ? ok('gateway', `${gatewayUrl} answers`)
        : fail('gateway', `${gatewayUrl} answers with ${status}`);
    return [gateway, judgeClock({ offsetMs: theirs + 500 - (sentAt + clock.now()) / 2 })];
  } catch (error) {
    return [fail('gateway', `${gatewayUrl} does not answer over TLS: ${toFlotillaError(error).message}`)];
  }
}

/** @param input.offsetMs how far the control plane's clock is ahead of ours; NaN where it said no time. */
export function judgeClock({ offsetMs }: { offsetMs: number }): Finding {
  if (Number.isNaN(offsetMs)) return warn('clock', 'the control plane said no time to compare with');
  const away = Math.abs(offsetMs);
  if (away <= CLOSE_MS) return ok('clock', 'within seconds of the control plane');
  const text = `${formatDuration(away, { parts: 2 })} ${offsetMs > 0 ? 'behind' : 'ahead of'} the control plane`;
  return away > FAR_MS
    ? fail('clock', `${text}; certificates are judged wrongly. Turn time synchronisation on`)
    : warn('clock', text);
}

/**
 * Whether the broker takes this device: by an MQTT connection of its own where no agent runs, else by TLS alone and
 * what the agent says of its line, since a second connection of the device would end the agent's.
 */
export async function checkBroker(
  identity: Identity,
  { clock, lineOfAgent }: { clock: Clock; lineOfAgent: string | undefined },
): Promise<Finding> {
  const { mqttUrl, deviceId, caPem, certificatePem, privateKeyPem } = identity;
  const tls = { ca: caPem, cert: certificatePem, key: privateKeyPem };
  try {
    if (lineOfAgent === undefined) {
      await probeBroker({ url: mqttUrl, clientId: deviceId, tls, timeoutMs: PATIENCE_MS, clock });
      return ok('broker', `${mqttUrl} takes this device`);
    }
    if (new URL(mqttUrl).protocol === 'mqtts:') await shakeHands(mqttUrl, tls);
    return lineOfAgent === 'connected'
      ? ok('broker', `${mqttUrl} is proven by TLS, and the agent's line is up`)
      : fail('broker', `${mqttUrl} is proven by TLS, and the agent's line is ${lineOfAgent}`);
  } catch (error) {
    return fail('broker', `${mqttUrl} does not take this device: ${toFlotillaError(error).message}`);
  }
}

function askGateway({ gatewayUrl, caPem, certificatePem, privateKeyPem }: Identity) {
  return new Promise<{ status: number; date: string | undefined }>((resolve, reject) => {
    const base = new URL(gatewayUrl);
    const url = new URL(base.pathname.replace(/\/$/, '') + GATEWAY_PATHS.keys, base);
    const sent = request(
      url,
      {
        agent: false,
        ca: caPem,
        cert: certificatePem,
        key: privateKeyPem,
        minVersion: 'TLSv1.2',
        timeout: PATIENCE_MS,
      },
      (answer) => {
        answer.resume();
        resolve({ status: answer.statusCode ?? 0, date: answer.headers.date });
      },
    );
    sent.once('timeout', () => sent.destroy(silence()));
    sent.once('error', reject);
    sent.end();
  });
}

/** TLS with both certificates, and no word of MQTT. */
function shakeHands(
  url: string,
  { ca, cert, key }: { ca: string; cert: string; key: string },
): Promise<void> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port || 8883), ca, cert, key, minVersion: 'TLSv1.2' });
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(silence()));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      socket.end();
      resolve();
    });
  });
}

function silence(): Error {
  return toFlotillaError(`no answer in ${PATIENCE_MS} ms`, 'timeout');
}
