import { parseArgs } from 'node:util';

import { FlotillaError } from '@flotilla/contracts';
import { nearestName } from '@flotilla/platform-config';

export const COMMANDS = ['run', 'join', 'status', 'doctor', 'keys', 'config'] as const;
export type CommandName = (typeof COMMANDS)[number];

export type Invocation =
  | { kind: 'help' }
  | { kind: 'version' }
  | {
      kind: 'command';
      command: CommandName;
      /** What follows the command: a token, `show`. */
      operands: string[];
      /** By the dotted name of the configuration. */
      flags: Record<string, unknown>;
      file: string | undefined;
      json: boolean;
      force: boolean;
      /** Of `keys create`, as they were typed. */
      keyBounds: KeyBounds;
    };

export interface KeyBounds {
  expires?: string;
  requestsPerMinute?: string;
  parallel?: string;
  priority?: string;
}

/** Every flag; what sets configuration is in `SETS`, the others steer the command itself. */
const OPTIONS = {
  data: { type: 'string' },
  name: { type: 'string' },
  label: { type: 'string', multiple: true },
  host: { type: 'string' },
  port: { type: 'string' },
  'api-keys-file': { type: 'string' },
  'allow-host': { type: 'string', multiple: true },
  'allow-origin': { type: 'string', multiple: true },
  'socket-mode': { type: 'string' },
  'memory-cap': { type: 'string' },
  'download-per-second': { type: 'string' },
  'telemetry-interval': { type: 'string' },
  gpu: { type: 'string' },
  'log-level': { type: 'string' },
  config: { type: 'string' },
  json: { type: 'boolean' },
  force: { type: 'boolean' },
  expires: { type: 'string' },
  'requests-per-minute': { type: 'string' },
  parallel: { type: 'string' },
  priority: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

const SETS = {
  data: 'dataFolder',
  name: 'name',
  label: 'labels',
  host: 'http.host',
  port: 'http.port',
  'api-keys-file': 'http.apiKeysFile',
  'allow-host': 'http.allowedHosts',
  'allow-origin': 'http.allowedOrigins',
  'socket-mode': 'http.socketMode',
  'memory-cap': 'limits.memoryCap',
  'download-per-second': 'limits.downloadPerSecond',
  'telemetry-interval': 'telemetry.interval',
  gpu: 'engine.gpu',
  'log-level': 'logLevel',
} as const satisfies Partial<Record<keyof typeof OPTIONS, string>>;

/** The flag that sets a field of the configuration. */
export function flagOf(field: string): string | undefined {
  return Object.entries(SETS).find(([, sets]) => sets === field)?.[0];
}

/** Reads the command line. Throws `invalid-input` with the nearest name for what it does not know. */
export function parseArguments(args: readonly string[]): Invocation {
  const { values, positionals } = parse(args);
  if (values.help === true) return { kind: 'help' };
  if (values.version === true) return { kind: 'version' };
  const [name, ...operands] = positionals;
  if (name === undefined) return { kind: 'help' };
  const command = COMMANDS.find((one) => one === name);
  if (command === undefined) throw unknown(`the command \`${name}\``, nearestName({ name, known: COMMANDS }));
  const flags = Object.fromEntries(
    Object.entries(SETS).map(([flag, field]) => [field, values[flag as keyof typeof SETS]]),
  );
  return {
    kind: 'command',
    command,
    operands,
    flags,
    file: values.config,
    json: values.json === true,
    force: values.force === true,
    keyBounds: {
      ...(values.expires === undefined ? {} : { expires: values.expires }),
      ...(values['requests-per-minute'] === undefined
        ? {}
        : { requestsPerMinute: values['requests-per-minute'] }),
      ...(values.parallel === undefined ? {} : { parallel: values.parallel }),
      ...(values.priority === undefined ? {} : { priority: values.priority }),
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (cause) {
    const known = Object.keys(OPTIONS);
    const names = args.flatMap((arg) => /^--([^=]+)/.exec(arg)?.[1] ?? []);
    const wrong = names.find((name) => !known.includes(name));
    if (wrong !== undefined) {
      const near = nearestName({ name: wrong, known });
      throw unknown(`the flag --${wrong}`, near === undefined ? undefined : `--${near}`);
    }
    throw new FlotillaError('invalid-input', cause instanceof Error ? cause.message : String(cause), {
      cause,
    });
  }
}

function unknown(what: string, near: string | undefined): FlotillaError {
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  return new FlotillaError('invalid-input', `This agent does not know ${what}.${hint}`, {
    details: { fix: 'See `flotilla-agent --help`.' },
  });
}
