import { FlotillaError } from '@flotilla/contracts';

/** Behind a model's name: the service without the adapter of its release, for comparison. */
const WITHOUT_ADAPTER = '@base';

/** A service with the name of the variant that serves it now, if one does. */
export interface NamedService {
  service: string;
  variant: string | undefined;
}

/** What an app called `model`. */
export interface FoundService {
  service: string;
  /** False where the name asks for the model without its adapter. */
  adapter: boolean;
}

/**
 * The service that a model's name leads to: its own, or that of the variant that serves it now, each with or without
 * `@base`. Undefined where there is none.
 *
 * Throws `invalid-input` for a variant that serves several: prompts, adapters and limits are those of a service, and the
 * name does not say whose are meant.
 */
export function findService(services: readonly NamedService[], model: string): FoundService | undefined {
  const exact = named(services, model);
  if (exact !== undefined) return { service: exact, adapter: true };
  if (!model.endsWith(WITHOUT_ADAPTER)) return undefined;
  const base = named(services, model.slice(0, -WITHOUT_ADAPTER.length));
  return base === undefined ? undefined : { service: base, adapter: false };
}

function named(services: readonly NamedService[], name: string): string | undefined {
  if (services.some(({ service }) => service === name)) return name;
  const serving = services.filter(({ variant }) => variant === name).map(({ service }) => service);
  if (serving.length <= 1) return serving[0];
  const served = serving.toSorted();
  throw new FlotillaError(
    'invalid-input',
    `\`${name}\` is the variant of several services on this box: ${served.join(', ')}.`,
    { details: { field: 'model', about: name, served, fix: 'Ask one of these by its name.' } },
  );
}
