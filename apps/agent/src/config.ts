import { homedir } from 'node:os';
import { join } from 'node:path';

import { Labels } from '@flotilla/contracts';
import { BytesField, DurationField, loadConfig, type LoadedConfig } from '@flotilla/platform-config';
import { LOG_LEVELS } from '@flotilla/platform-log';
import { z } from 'zod';
import { flagOf } from './cli/arguments.ts';

const port = z.int().min(0).max(65_535);

const Label = z
  .string()
  .regex(/^[^=]+=.+$/, { error: 'must be key=value', abort: true })
  .superRefine((label, context) => {
    const labels = Labels.safeParse(Object.fromEntries([keyAndValue(label)]));
    for (const { message } of labels.error?.issues ?? []) context.addIssue(`\`${label}\`: ${message}`);
  });

/** Everything that can be set on the box: from defaults, the file, `FLOTILLA_*` and flags, each over the one before. */
export const AgentConfig = z.object({
  dataFolder: z.string().min(1).meta({
    env: 'FLOTILLA_DATA',
    description: 'Where identity, models, documents and telemetry are kept. One process per folder.',
  }),
  name: z.string().min(1).max(253).optional().meta({
    env: 'FLOTILLA_NAME',
    description: 'What the control plane calls this device when it joins. Default: its host name.',
  }),
  labels: z.array(Label).default([]).meta({
    env: 'FLOTILLA_LABELS',
    description: 'Labels the device joins with, as key=value; site names the network it shares with others.',
  }),
  logLevel: z.enum(LOG_LEVELS).default('info').meta({
    env: 'FLOTILLA_LOG_LEVEL',
    description: 'Least level that is logged.',
  }),
  http: z.object({
    host: z.string().min(1).default('127.0.0.1').meta({
      env: 'FLOTILLA_HTTP_HOST',
      description: 'Address of the box API. Any other than loopback needs API keys.',
    }),
    port: port
      .default(7080)
      .meta({ env: 'FLOTILLA_HTTP_PORT', description: 'Port of the box API; 0 takes a free one.' }),
    socket: z.boolean().default(true).meta({
      env: 'FLOTILLA_HTTP_SOCKET',
      description:
        'Whether the box API also listens on a Unix socket in the data folder (a named pipe on Windows).',
    }),
    socketPath: z.string().min(1).optional().meta({
      env: 'FLOTILLA_HTTP_SOCKET_PATH',
      description:
        'Where that socket lies, such as /run/flotilla/box.sock; other users need a folder they may enter. Default: the data folder, which only its user may enter.',
    }),
    socketMode: z
      .string()
      .regex(/^0?[0-7]{3}$/, 'must be three octal digits such as 660')
      .default('600')
      .meta({
        env: 'FLOTILLA_HTTP_SOCKET_MODE',
        description:
          'File mode of that socket: who may open it needs no key. 600 its user, 660 its group, 666 everyone on the box.',
      }),
    apiKeysFile: z.string().min(1).optional().meta({
      env: 'FLOTILLA_API_KEYS_FILE',
      description:
        'File with one API key per line, `name key`, which only its user and group may open; read at start. Keys with bounds, a priority or an expiry are made with `flotilla-agent keys create` and need no file.',
    }),
    allowedHosts: z.array(z.string()).default([]).meta({
      env: 'FLOTILLA_ALLOWED_HOSTS',
      description: 'Host names, beside those of loopback, under which apps may call the box.',
    }),
    allowedOrigins: z
      .array(z.string().regex(/^https?:\/\/[^/\s*]+$/, 'must be scheme://host or scheme://host:port'))
      .default([])
      .meta({
        env: 'FLOTILLA_ALLOWED_ORIGINS',
        description:
          'Origins of web pages that may call the box from a browser (CORS), such as https://app.shop.example.',
      }),
  }),
  limits: z
    .object({
      memoryCap: BytesField.optional().meta({
        env: 'FLOTILLA_MEMORY_CAP',
        description:
          'Most memory that all models together may take. The smaller of this and the fleet policy counts.',
      }),
      downloadPerSecond: BytesField.optional().meta({
        env: 'FLOTILLA_DOWNLOAD_PER_SECOND',
        description:
          'Most bytes per second that a pull may take. The smaller of this and the fleet policy counts.',
      }),
    })
    .prefault({}),
  localModels: z
    .object({
      allowed: z.boolean().default(false).meta({
        env: 'FLOTILLA_LOCAL_MODELS',
        description:
          'Whether programs that may call the box API may add models of their own, with Ollama’s create, copy and delete. They give way to the fleet’s services.',
      }),
      maxBytes: BytesField.prefault('20GB').meta({
        env: 'FLOTILLA_LOCAL_MODELS_MAX_BYTES',
        description: 'Most bytes of the files of such models, with those that are being sent.',
      }),
    })
    .prefault({}),
  responses: z
    .object({
      keepFor: DurationField.prefault('30d').meta({
        env: 'FLOTILLA_RESPONSES_KEEP_FOR',
        description:
          'How long `/v1/responses` keeps requests and answers on the box for those who made them; 0s keeps none.',
      }),
      maxBytes: BytesField.prefault('64MiB').meta({
        env: 'FLOTILLA_RESPONSES_MAX_BYTES',
        description: 'Most bytes of kept requests and answers; the oldest give way.',
      }),
    })
    .prefault({}),
  telemetry: z
    .object({
      interval: DurationField.prefault('30s').meta({
        env: 'FLOTILLA_TELEMETRY_INTERVAL',
        description: 'Time between two telemetry rows, where the fleet policy names none.',
      }),
      spoolBytes: BytesField.prefault('64MiB').meta({
        env: 'FLOTILLA_SPOOL_BYTES',
        description: 'Most bytes of telemetry kept while the control plane is away.',
      }),
      tdpWatts: z.number().positive().optional().meta({
        env: 'FLOTILLA_TDP_WATTS',
        description:
          'What the processor draws under full load, for modelled energy. Default: guessed from its name.',
      }),
    })
    .prefault({}),
  engine: z
    .object({
      gpu: z.enum(['auto', 'off']).default('auto').meta({
        env: 'FLOTILLA_GPU',
        description: 'off keeps models off the GPU.',
      }),
    })
    .prefault({}),
});
export type AgentConfig = z.infer<typeof AgentConfig>;

export interface ConfigInput {
  env: Readonly<Record<string, string | undefined>>;
  /** By dotted name; undefined is not set. */
  flags: Readonly<Record<string, unknown>>;
  /** Default: `agent.json` in the data folder, where there is one. */
  file?: string;
}

/** Throws `invalid-config` with everything that is wrong. */
export async function loadAgentConfig({
  env,
  flags,
  file,
}: ConfigInput): Promise<LoadedConfig<typeof AgentConfig>> {
  const dataFolder = defaultDataFolder(env);
  const flag = flags['dataFolder'];
  const chosen = typeof flag === 'string' ? flag : (env['FLOTILLA_DATA'] ?? dataFolder);
  return loadConfig({
    schema: AgentConfig,
    env,
    flags,
    flagOf: (field) => flagOf(field) ?? field,
    defaults: { dataFolder },
    file: file ?? join(chosen, 'agent.json'),
    fileOptional: file === undefined,
  });
}

/** Labels of the configuration as the control plane wants them. Throws through zod what is not a label. */
export function labelsOf({ labels }: Pick<AgentConfig, 'labels'>): Labels {
  return Labels.parse(Object.fromEntries(labels.map(keyAndValue)));
}

function keyAndValue(label: string): [key: string, value: string] {
  const cut = label.indexOf('=');
  return [label.slice(0, cut), label.slice(cut + 1)];
}

function defaultDataFolder(env: ConfigInput['env']): string {
  if (process.platform === 'win32') return join(env['PROGRAMDATA'] ?? homedir(), 'Flotilla', 'agent');
  if (process.getuid?.() === 0) return '/var/lib/flotilla-agent';
  return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'flotilla-agent');
}
