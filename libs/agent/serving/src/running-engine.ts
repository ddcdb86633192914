import { FlotillaError } from '@flotilla/contracts';
import type { Clock, TypedEvents } from '@flotilla/kernel';
import type { Engine } from './engine.ts';
import type { EngineKeeper } from './engine-keeper.ts';
import type { LoadedDeployment } from './loaded-deployment.ts';
import type { ServingEvents } from './serving-events.ts';

/** Of an engine that is there, or comes: one that ended is `up` until its end is handled. */
const COMES: ReadonlySet<EngineKeeper['stage']> = new Set(['up', 'starting', 'recovering']);

/** One that is stopped while it is started again says nothing of it. */
const LOOK_MS = 1_000;

/** The engine of a deployment; while it is being started again, the next one. Throws `engine-crashed` where none comes. */
export async function runningEngine(
  { keeper, deployment }: LoadedDeployment,
  { events, clock, signal }: { events: TypedEvents<ServingEvents>; clock: Clock; signal: AbortSignal },
): Promise<Engine> {
  for (;;) {
    signal.throwIfAborted();
    if (keeper.engine !== undefined) return keeper.engine;
    if (!COMES.has(keeper.stage))
      throw new FlotillaError('engine-crashed', `The engine of \`${deployment.id}\` is not running.`, {
        details: { about: deployment.id },
      });
    await nextChange(deployment.id, { events, clock, signal });
  }
}

async function nextChange(
  id: string,
  { events, clock, signal }: { events: TypedEvents<ServingEvents>; clock: Clock; signal: AbortSignal },
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = ({ deployment }: { deployment: string }): void => {
    if (deployment === id) resolve();
  };
  const stop = (['engine-started', 'engine-exited', 'engine-broken'] as const).map((name) =>
    events.on(name, look),
  );
  const abandon = (): void => resolve();
  const again = clock.setTimeout(abandon, LOOK_MS);
  signal.addEventListener('abort', abandon, { once: true });
  try {
    await promise;
  } finally {
    again.cancel();
    for (const off of stop) off();
    signal.removeEventListener('abort', abandon);
  }
}
