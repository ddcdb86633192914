import { FlotillaError, isFlotillaError } from '@flotilla/contracts';
import { createLog } from '@flotilla/platform-log';
import type { CommandInput } from '../cli.ts';
import { startControlPlane } from '../compose.ts';
import { flagOf } from '../config.ts';
import { loadControlPlaneConfig } from '../load.ts';
import { startEventText, type StartEvent } from '../start-events.ts';
import { VERSION } from '../version.ts';

/** A stop that takes longer is cut off: whoever supervises us waits five seconds. */
const STOP_WITHIN_MS = 4_500;

const PORT_FIELDS: Readonly<Record<string, string>> = {
  MQTT: 'mqttPort',
  'the device gateway': 'gatewayPort',
  "the people's API and console": 'port',
};

/** Starts, waits for SIGINT or SIGTERM, stops in order. Logs go to standard error, what a start tells to standard output. */
export async function runCommand(input: CommandInput): Promise<void> {
  const { config } = await loadControlPlaneConfig(input);
  const log = createLog({
    level: config.logLevel,
    name: 'control-plane',
    destination: process.stderr,
    pretty: !input.json && process.stderr.isTTY,
  });
  const tell = (event: StartEvent): void => {
    const text = input.json ? JSON.stringify(event) : startEventText(event);
    if (text !== undefined) process.stdout.write(`${text}\n`);
  };
  if (!isLoopback(config.host)) {
    log.warn(
      { host: config.host },
      'the console is reachable from outside without TLS: put a proxy with TLS before it and set secureCookies',
    );
  }
  const asked = askedToStop();
  const plane = await startControlPlane({ config, log, tell, version: VERSION }).catch((error: unknown) => {
    throw withFlag(error);
  });
  const failure = await Promise.race([asked, plane.failed]).catch((error: unknown) => ({ error }));
  const deadline = setTimeout(() => {
    log.error('stopping took too long');
    process.exit(1);
  }, STOP_WITHIN_MS);
  await plane.stop();
  clearTimeout(deadline);
  tell({ event: 'stopped' });
  if (failure !== undefined) throw failure.error;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** Resolves at the first signal; a second one ends the process at once. */
function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (): void => {
      if (asked) process.exit(130);
      asked = true;
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  });
}

/** Names the flag that moves a port which somebody else has. */
function withFlag(error: unknown): unknown {
  if (!isFlotillaError(error) || error.code !== 'port-taken') return error;
  const field = PORT_FIELDS[String(error.details['what'])];
  if (field === undefined) return error;
  return new FlotillaError('port-taken', error.message, {
    cause: error,
    details: { ...error.details, fix: `Choose another one with --${flagOf(field)}, or stop that program.` },
  });
}
