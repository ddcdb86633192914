import { FlotillaError } from '@flotilla/contracts';
import type { BoxApiDeps } from './deps.ts';

/**
 * What a request without a prompt asks for: the model of a service loaded and kept so long, or with 0 unloaded.
 *
 * Throws `not-found` for a service that is not there, and `forbidden` where its release keeps it loaded.
 */
export async function loadOrUnload(
  services: Pick<BoxApiDeps['services'], 'preload' | 'unload'>,
  { model, keepForMs, signal }: { model: string; keepForMs: number | undefined; signal: AbortSignal },
): Promise<'load' | 'unload'> {
  if (keepForMs !== 0) {
    await services.preload({ model, signal, keepForMs });
    return 'load';
  }
  if ((await services.unload({ model })) === 'kept')
    throw new FlotillaError(
      'forbidden',
      `The fleet keeps \`${model}\` loaded: it is not unloaded from here.`,
      {
        details: { field: 'keep_alive', about: model, fix: 'Roll out a release without keepLoaded.' },
      },
    );
  return 'unload';
}
