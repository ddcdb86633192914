import { FlotillaError } from '@flotilla/contracts';

/** Why a model of this box cannot have a name; undefined where it can. */
export function refusedLocalName(
  name: string,
  { field, fleet }: { field: string; fleet: ReadonlySet<string> },
): FlotillaError | undefined {
  if (!fleet.has(name)) return undefined;
  return new FlotillaError(
    'conflict',
    `\`${name}\` is the fleet's name on this box: a local model never takes its place.`,
    {
      details: { field, about: name, fix: 'Choose another name.' },
    },
  );
}

/** Which local models give their name up to the fleet, and which have it back. */
export interface NameChanges {
  hide: string[];
  show: string[];
}

/** The fleet has every name that it serves or wants to serve; all others are those of the models that were made here. */
export function settleLocalNames({
  models,
  shown,
  fleet,
}: {
  /** Names of all local models. */
  models: readonly string[];
  /** Those of them that apps reach now. */
  shown: ReadonlySet<string>;
  fleet: ReadonlySet<string>;
}): NameChanges {
  return {
    hide: models.filter((name) => shown.has(name) && fleet.has(name)),
    show: models.filter((name) => !shown.has(name) && !fleet.has(name)),
  };
}
