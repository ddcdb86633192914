import { wrapWords } from '@flotilla/kernel';
import { configReference } from '@flotilla/platform-config';
import { AgentConfig } from '../config.ts';

const WIDTH = 80;
const INDENT = 2;

/** `flotilla-agent --help` */
export function helpText(): string {
  return `flotilla-agent: serves the right-sized language model on this box, as its
fleet decides.

Usage
  flotilla-agent join TOKEN [--name NAME] [--label site=lisbon] [--force]
  flotilla-agent run [--port 7080] [--json]
  flotilla-agent status [--json]
  flotilla-agent doctor [--json]
  flotilla-agent keys create NAME [--expires 90d] [--requests-per-minute 60]
                                  [--parallel 2] [--priority 10]
  flotilla-agent keys list | revoke NAME
  flotilla-agent config show [--json]

Commands
${listed(COMMANDS, 10)}

Flags
${listed(FLAGS, 27)}

Settings (each over the one before: default, file, environment, flag)
${listed(
  configReference(AgentConfig).map(({ env, description }) => [env, description]),
  33,
)}

Exit codes
${listed(EXITS, 3)}

Examples
  flotilla-agent join flt1.eyJ2Ijox... --label site=lisbon
  flotilla-agent run --data /var/lib/flotilla-agent
  curl http://127.0.0.1:7080/v1/chat/completions \\
    -H 'content-type: application/json' \\
    -d '{"model":"assistant","messages":[{"role":"user","content":"Hello"}]}'
`;
}

type Listed = readonly (readonly [name: string, text: string])[];

const COMMANDS: Listed = [
  [
    'join',
    'makes this box a device: pins the control plane that the token names, makes a key here, gets a certificate',
  ],
  ['run', 'serves, reports and follows the fleet until it is stopped; works without a control plane as well'],
  ['status', 'what the box serves and why, from the running agent or, where none runs, from the data folder'],
  ['doctor', 'what is wrong with the box: probes, ports, disk, clock, broker, gateway, certificate'],
  [
    'keys',
    'keys of apps that reach the box over a network; shown once, kept as hashes, followed by a running agent at once',
  ],
  ['config', '`config show` prints every setting with its value and where it came from; secrets are hidden'],
];

const FLAGS: Listed = [
  ['--data DIR', 'the data folder'],
  ['--config FILE', 'a JSON file of settings (default: agent.json in the data folder)'],
  ['--host HOST, --port PORT', 'where the box API listens'],
  ['--api-keys-file FILE', 'keys of apps, needed for any --host other than loopback'],
  ['--allow-host NAME', 'a host name under which apps may call the box; may be repeated'],
  ['--allow-origin ORIGIN', 'a web origin whose pages may call the box (CORS); may be repeated'],
  ['--socket-mode 600', "who may open the box API's Unix socket: 600 this user, 660 its group, 666 everyone"],
  ['--memory-cap 2GiB', 'most memory for all models together'],
  ['--download-per-second 5MB', 'most bandwidth of a pull'],
  ['--telemetry-interval 30s', 'time between two telemetry rows'],
  ['--gpu auto|off', 'whether models may use a GPU'],
  ['--log-level LEVEL', 'trace, debug, info, warn, error, silent'],
  ['--json', 'output for machines; `run` prints one JSON line per event, its log goes to stderr'],
  ['--force', 'join: gives up the identity this box has'],
  ['--expires 90d', 'keys create: until when the key is good'],
  ['--requests-per-minute N', 'keys create: how many requests it may send'],
  ['--parallel N', 'keys create: how many of them may run at once'],
  [
    '--priority=N',
    "keys create: -100 to 100, default 0; a higher key's requests go before all of lower ones",
  ],
  ['-h, --help', 'this text'],
  ['-v, --version', 'the version of the agent'],
];

const EXITS: Listed = [
  ['0', 'done'],
  ['1', 'it failed, the message says why'],
  ['2', 'the command line or a setting is wrong'],
  ['3', 'status: no agent runs; doctor: something is wrong'],
];

/** Names with their texts in a column that begins `at` characters after the names do. */
function listed(entries: Listed, at: number): string {
  const margin = ' '.repeat(INDENT);
  const below = `\n${margin}${' '.repeat(at)}`;
  return entries
    .map(([name, text]) => `${margin}${name.padEnd(at)}${wrapWords(text, WIDTH - INDENT - at).join(below)}`)
    .join('\n');
}
