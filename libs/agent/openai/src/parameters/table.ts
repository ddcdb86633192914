import type { FlotillaError } from '@flotilla/contracts';
import { unsupported } from '../errors.ts';
import { MOST_JSON_LEVELS, nestsDeeperThan } from '../json-depth.ts';

/**
 * What we do with one documented parameter of an API.
 *
 * `accepts` lists the values under which a refused parameter changes nothing and is let through;
 * `null` always means "not given". A name that is in no table is refused as unknown.
 */
export type ParameterSupport =
  | { support: 'honoured'; note?: string }
  | { support: 'refused'; accepts: readonly unknown[]; why: string };

export type ParameterTable = Readonly<Record<string, ParameterSupport>>;

/** Two parameters that are honoured each but not together. */
export interface RefusedPair {
  parameters: readonly [string, string];
  why: string;
}

/** One route of an API, as `docs/reference/compatibility.md` shows it. */
export interface ApiEndpoint {
  method: 'GET' | 'POST' | 'DELETE' | 'HEAD' | 'PUT';
  path: string;
  about: string;
  /** Absent for a route that takes none. */
  parameters?: ParameterTable;
  pairs?: readonly RefusedPair[];
}

export const refused = (why: string, ...accepts: unknown[]): ParameterSupport => ({
  support: 'refused',
  accepts,
  why,
});

export const honoured = (note?: string): ParameterSupport => ({
  support: 'honoured',
  ...(note === undefined ? {} : { note }),
});

/** The fields that say something: `null` is "not given" wherever a field is documented. */
export function givenFields(body: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}

/** The first field that is unknown, or refused with this value. */
export function refusedParameter(
  table: ParameterTable,
  given: Readonly<Record<string, unknown>>,
  endpoint: string,
): FlotillaError | undefined {
  for (const [name, value] of Object.entries(given)) {
    const parameter = Object.hasOwn(table, name) ? table[name] : undefined;
    if (parameter === undefined) return unsupported(name, `it is not a parameter of ${endpoint}`);
    if (parameter.support === 'honoured') continue;
    const harmless =
      !nestsDeeperThan(value, MOST_JSON_LEVELS) &&
      parameter.accepts.some((accepted) => JSON.stringify(accepted) === JSON.stringify(value));
    if (!harmless) return unsupported(name, parameter.why);
  }
  return undefined;
}

/** The refusal of the first pair of which both stand. */
export function refusedPair(
  pairs: readonly RefusedPair[],
  stands: (name: string) => boolean,
): FlotillaError | undefined {
  const found = pairs.find(({ parameters }) => parameters.every(stands));
  if (found === undefined) return undefined;
  const [first, second] = found.parameters;
  return unsupported(first, `together with \`${second}\` ${found.why}`);
}
