import type { ServedService, Services } from '@flotilla/agent-serving';

/** The service that a model's name leads to: its own, or that of the variant that serves it, with or without `@base`. */
export function servedByName(services: Pick<Services, 'served'>, model: string): ServedService | undefined {
  const served = services.served();
  const named = (name: string): ServedService | undefined =>
    served.find(({ service }) => service === name) ??
    served.find(({ deployment }) => deployment?.variant === name);
  return named(model) ?? named(model.replace(/@base$/, ''));
}
