import { findService, type ServedService, type Services } from '@flotilla/agent-serving';

/** The service that a model's name leads to, with or without `@base`; undefined where none is. Throws as `findService`. */
export function servedByName(services: Pick<Services, 'served'>, model: string): ServedService | undefined {
  const served = services.served();
  const found = findService(
    served.map(({ service, deployment }) => ({ service, variant: deployment?.variant })),
    model,
  );
  return found && served.find(({ service }) => service === found.service);
}
