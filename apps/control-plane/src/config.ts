import { hostname } from 'node:os';
import { isIP } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Currency } from '@flotilla/contracts';
import { LOG_LEVELS } from '@flotilla/platform-log';
import { DurationField } from '@flotilla/platform-config';
import { z } from 'zod';

const Port = z.coerce.number().int().min(0).max(65_535);
const Host = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9a-fA-F:.]{2,45})$/,
    'must be a host name or an address',
  );

/** Everything that can be set, with where and why. Help, `config show` and the reference page come from it. */
export const ControlPlaneConfig = z.object({
  data: z.string().min(1).default('.flotilla/control-plane').meta({
    description: 'Folder of everything the control plane keeps: keys, database, models.',
    env: 'FLOTILLA_PLANE_DATA',
  }),
  host: Host.default('127.0.0.1').meta({
    description:
      'Address that all three ports bind. The console has no TLS of its own: put a proxy before it on any other than loopback.',
    env: 'FLOTILLA_PLANE_HOST',
  }),
  port: Port.default(7070).meta({
    description: "Port of the people's API and the console.",
    env: 'FLOTILLA_PLANE_PORT',
  }),
  gatewayPort: Port.default(7443).meta({
    description: 'Port of the device gateway (TLS).',
    env: 'FLOTILLA_PLANE_GATEWAY_PORT',
  }),
  mqttPort: Port.default(8883).meta({
    description: 'Port of the embedded broker (MQTT over TLS). Not used with brokerUrl.',
    env: 'FLOTILLA_PLANE_MQTT_PORT',
  }),
  publicAddress: Host.optional().meta({
    description:
      'Name or address by which devices reach this machine; join tokens and certificates name it. Default: the host.',
    env: 'FLOTILLA_PLANE_PUBLIC_ADDRESS',
  }),
  databaseUrl: z
    .string()
    .regex(/^postgres(?:ql)?:\/\//, 'must begin with postgres://')
    .optional()
    .meta({
      description:
        'PostgreSQL instead of the SQLite file in the data folder: postgres://user:password@host/database.',
      env: 'FLOTILLA_DATABASE_URL',
      secret: true,
    }),
  brokerUrl: z
    .url({ protocol: /^mqtts?$/ })
    .optional()
    .meta({
      description:
        'An MQTT broker of yours instead of the embedded one: mqtts://host:8883. Devices are told this address.',
      env: 'FLOTILLA_BROKER_URL',
    }),
  brokerUsername: z.string().max(256).optional().meta({
    description:
      'User name at that broker. Default: none; the certificate in pki/plane.json names the control plane.',
    env: 'FLOTILLA_BROKER_USERNAME',
  }),
  brokerPassword: z.string().max(1_024).optional().meta({
    description: 'Password at that broker.',
    env: 'FLOTILLA_BROKER_PASSWORD',
    secret: true,
  }),
  brokerGroup: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional()
    .meta({
      description: 'Replicas of one group share the devices’ messages ($share), where the broker has it.',
      env: 'FLOTILLA_BROKER_GROUP',
    }),
  consoleFolder: z
    .string()
    .default(fileURLToPath(new URL('../../console/dist', import.meta.url)))
    .meta({
      description: 'Folder of the built console.',
      env: 'FLOTILLA_PLANE_CONSOLE_FOLDER',
    }),
  secureCookies: z.boolean().default(false).meta({
    description: 'Marks the session cookie Secure: set it when browsers reach the console over HTTPS only.',
    env: 'FLOTILLA_PLANE_SECURE_COOKIES',
  }),
  starterModels: z.boolean().default(true).meta({
    description: 'Brings the starter models and the release `assistant` into the catalogue.',
    env: 'FLOTILLA_PLANE_STARTER_MODELS',
  }),
  telemetryRetention: DurationField.default(7 * 86_400_000).meta({
    description: 'How long raw telemetry rows are kept.',
    env: 'FLOTILLA_PLANE_TELEMETRY_RETENTION',
  }),
  currency: Currency.default('EUR').meta({
    description: 'The one currency of all prices and costs, ISO 4217.',
    env: 'FLOTILLA_PLANE_CURRENCY',
  }),
  eventsKept: z.coerce.number().int().min(1_000).default(100_000).meta({
    description: 'How many fleet events are kept.',
    env: 'FLOTILLA_PLANE_EVENTS_KEPT',
  }),
  logLevel: z
    .enum(LOG_LEVELS)
    .default('info')
    .meta({ description: 'Least level that is logged.', env: 'FLOTILLA_PLANE_LOG_LEVEL' }),
});
export type ControlPlaneConfig = z.output<typeof ControlPlaneConfig>;

/** The flag that sets a field, without its dashes: `gatewayPort` is `gateway-port`. */
export function flagOf(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const ANY = new Set(['0.0.0.0', '::']);

/** By what name devices reach us: what was said, else the host, else, when that is every address, this machine's name. */
export function publicAddressOf({
  publicAddress,
  host,
}: Pick<ControlPlaneConfig, 'publicAddress' | 'host'>): string {
  if (publicAddress !== undefined) return publicAddress;
  return ANY.has(host) ? hostname() : host;
}

/** A host as it stands in a URL. */
export function inUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

/** Where this machine itself reaches a server bound to the host. */
export function loopbackOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

/** Every name and address that the server certificate must carry, in a fixed order. */
export function certificateNames({
  publicAddress,
  host,
}: Pick<ControlPlaneConfig, 'publicAddress' | 'host'>): { names: string[]; ips: string[] } {
  const all = [
    publicAddressOf({ publicAddress, host }),
    host,
    'localhost',
    '127.0.0.1',
    '::1',
    hostname(),
  ].filter((name) => !ANY.has(name));
  const unique = [...new Set(all.map((name) => name.toLowerCase()))];
  return { names: unique.filter((name) => isIP(name) === 0), ips: unique.filter((name) => isIP(name) !== 0) };
}
