import { writeFile } from 'node:fs/promises';

import { FlotillaError } from '@flotilla/contracts';

import { startChild, type Child } from './child.ts';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { missingTool } from './missing-tool.ts';
import { tempFolder } from './temp-folder.ts';

export interface MosquittoOptions {
  /** Further lines of mosquitto.conf. */
  config?: readonly string[];
  /**
   * PEM texts. Clients then need a certificate of that authority, and their common name is their user name; with a
   * revocation list, one that is not on it.
   */
  tls?: { ca: string; cert: string; key: string; crl?: string };
  /** The text of an ACL file. */
  acl?: string;
}

export interface Mosquitto extends AsyncDisposable {
  /** `mqtt://127.0.0.1:port`, or `mqtts://` with TLS. The same after a restart. */
  readonly url: string;
  readonly port: number;
  /** What it logged. */
  log(): string;
  stop(): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Has it read its files again (SIGHUP); lines that are up stay up. */
  reload(): Promise<void>;
  /** Starts it again on the same port, with its memory lost. */
  restart(): Promise<void>;
}

/**
 * A real broker on a random port of loopback, which keeps nothing. Without options `MQTT_URL` is used instead where it
 * is set; such a broker cannot be stopped or restarted. Throws `missing-tool`.
 */
export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const external = process.env['MQTT_URL'];
  if (external && !options.config && !options.tls && !options.acl) return externalBroker(external);
  const program = findProgram({ names: ['mosquitto'] });
  if (!program) {
    throw missingTool({
      program: 'mosquitto',
      fix: 'Install it (Debian: apt-get install mosquitto), or name a broker in MQTT_URL.',
    });
  }
  const folder = await tempFolder({ name: 'mosquitto' });
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(folder.file(name), text, { mode: 0o600 });
    return folder.file(name);
  };
  const start = async (port: number): Promise<Child> => {
    const config = await file('mosquitto.conf', await configText({ options, port, file }));
    const child = startChild({ command: program, args: ['-c', config, '-v'] });
    try {
      await child.ready(/mosquitto version .* running/);
    } catch (error) {
      await child.kill9();
      throw error;
    }
    return child;
  };
  const { child: first, port } = await startOnFreePort(start).catch(async (error: unknown) => {
    await folder.remove();
    throw error;
  });
  let child = first;
  const stop = async (): Promise<void> => {
    await child.stop({ deadlineMs: 2000 });
    await folder.remove();
  };
  return {
    port,
    url: `${options.tls ? 'mqtts' : 'mqtt'}://127.0.0.1:${port}`,
    log: () => child.output(),
    stop,
    kill: () => child.kill9(),
    reload: async () => {
      child.signal('SIGHUP');
      await child.ready(/Reloading config/);
    },
    restart: async () => {
      await child.stop({ deadlineMs: 2000 });
      child = await start(port);
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function configText(given: {
  options: MosquittoOptions;
  port: number;
  file: (name: string, text: string) => Promise<string>;
}): Promise<string> {
  const { options, port, file } = given;
  const { tls, acl, config = [] } = options;
  const lines = [
    `listener ${port} 127.0.0.1`,
    'persistence false',
    'log_dest stderr',
    'allow_anonymous true',
  ];
  // Started by root it would become another user, who cannot read these files.
  if (process.getuid?.() === 0) lines.push('user root');
  if (tls) {
    lines.push(`cafile ${await file('ca.pem', tls.ca)}`);
    lines.push(`certfile ${await file('cert.pem', tls.cert)}`);
    lines.push(`keyfile ${await file('key.pem', tls.key)}`);
    if (tls.crl !== undefined) lines.push(`crlfile ${await file('crl.pem', tls.crl)}`);
    lines.push('require_certificate true', 'use_identity_as_username true');
  }
  if (acl !== undefined) lines.push(`acl_file ${await file('acl', acl)}`);
  return `${[...lines, ...config].join('\n')}\n`;
}

async function startOnFreePort(
  start: (port: number) => Promise<Child>,
): Promise<{ child: Child; port: number }> {
  for (let attempt = 0; ; attempt += 1) {
    const port = await freePort();
    try {
      return { child: await start(port), port };
    } catch (error) {
      const taken = error instanceof Error && error.message.includes('Address already in use');
      if (!taken || attempt === 4) throw error;
    }
  }
}

function externalBroker(url: string): Mosquitto {
  const refuse = async (): Promise<never> => {
    throw new FlotillaError('conflict', `The broker ${url} of MQTT_URL is not ours to stop.`);
  };
  const leave = async (): Promise<void> => {};
  const port = Number(new URL(url).port || 1883);
  return {
    url,
    port,
    log: () => '',
    stop: leave,
    kill: refuse,
    reload: refuse,
    restart: refuse,
    [Symbol.asyncDispose]: leave,
  };
}
