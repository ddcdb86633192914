import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { FlotillaError } from '@flotilla/contracts';

export interface StartOptions {
  /** Verify one answer, stop and exit. */
  once: boolean;
  /** Folder that holds both data folders. Default `.flotilla` in the working folder. */
  data: string;
  /** Address that everything binds. Default 127.0.0.1. */
  host: string;
  /** What join tokens and certificates name; default the host. */
  publicAddress?: string;
  ports: Ports;
}

export interface Ports {
  people: number;
  gateway: number;
  mqtt: number;
  box: number;
}

export const DEFAULT_PORTS: Ports = { people: 7070, gateway: 7443, mqtt: 8883, box: 7080 };

/** `--help` is answered before an install, by tools/workspace/bootstrap.mjs, from the same file. */
export const HELP = readFileSync(new URL('./help.txt', import.meta.url), 'utf8');

/**
 * Reads the flags of `npm start`.
 * @throws FlotillaError `invalid-input` naming the flag and the fix.
 */
export function parseStartOptions(args: string[]): StartOptions | 'help' {
  const values = readFlags(args);
  if (values.help === true) return 'help';
  const host = values.host ?? '127.0.0.1';
  if (isIP(host) === 0 && !/^[a-zA-Z0-9.-]+$/.test(host)) {
    throw new FlotillaError('invalid-input', `--host ${host} is neither an address nor a name`, {
      details: { field: '--host' },
    });
  }
  return {
    once: values.once ?? false,
    data: resolve(dataFolder(values.data)),
    host,
    ...(values['public-address'] === undefined ? {} : { publicAddress: values['public-address'] }),
    ports: portsFrom(values['port-base']),
  };
}

function dataFolder(given: string | undefined): string {
  if (given !== '') return given ?? '.flotilla';
  throw new FlotillaError('invalid-input', '--data is empty', {
    details: { field: '--data', fix: 'Name a folder.' },
  });
}

function readFlags(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        once: { type: 'boolean' },
        data: { type: 'string' },
        'port-base': { type: 'string' },
        host: { type: 'string' },
        'public-address': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FlotillaError('invalid-input', `${reason} See \`npm start -- --help\`.`, { cause });
  }
}

function portsFrom(base: string | undefined): Ports {
  if (base === undefined) return DEFAULT_PORTS;
  const first = Number(base);
  if (!Number.isInteger(first) || first < 1 || first > 65_525) {
    throw new FlotillaError('invalid-input', `--port-base ${base} is not a port from 1 to 65525`, {
      details: { field: '--port-base', fix: 'Give a number such as 9000.' },
    });
  }
  return { people: first, gateway: first + 1, mqtt: first + 2, box: first + 10 };
}
