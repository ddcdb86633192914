import { PHASE_OF, serviceOf, type ReconcileEvents } from '@flotilla/agent-reconcile';
import type { ServingEvents } from '@flotilla/agent-serving';
import type { TypedEvents } from '@flotilla/kernel';
import type { Log } from '@flotilla/platform-log';

/** The loop and the engines tell what happens; this writes it down. */
export function logEvents({
  reconcile,
  serving,
  log,
}: {
  reconcile: TypedEvents<ReconcileEvents>;
  serving: TypedEvents<ServingEvents>;
  log: Log;
}): void {
  const loop = log.child({ component: 'loop' });
  reconcile.on('step-started', ({ step }) =>
    loop.debug({ step: step.kind, service: serviceOf(step) }, 'step begun'),
  );
  reconcile.on('step-finished', ({ step, durationMs }) =>
    loop.info(
      {
        step: step.kind,
        phase: PHASE_OF[step.kind],
        service: serviceOf(step),
        durationMs: Math.round(durationMs),
      },
      'step done',
    ),
  );
  reconcile.on('step-failed', ({ step, problem, retryInMs }) =>
    loop.warn({ step: step.kind, service: serviceOf(step), problem, retryInMs }, 'step failed'),
  );
  reconcile.on('release-failed', ({ failure: { service, revision, problem } }) =>
    loop.error({ service, revision, problem }, 'release failed on this box'),
  );
  reconcile.on('variant-failed', ({ failure: { service, variant, problem } }) =>
    loop.error({ service, variant, problem, rung: 'smaller-variant' }, 'variant failed on this box'),
  );
  reconcile.on('release-committed', ({ service, record: { revision, placement } }) =>
    loop.info({ service, revision, variant: placement.variant }, 'release committed'),
  );
  reconcile.on('service-retired', ({ service }) => loop.info({ service }, 'service retired'));
  reconcile.on('loop-failed', ({ problem, retryInMs }) => loop.error({ problem, retryInMs }, 'loop failed'));

  const engines = log.child({ component: 'engine' });
  serving.on('engine-started', ({ service, variant, info, restart }) =>
    engines.info(
      { service, variant, pid: info.pid, threads: info.threads, gpu: info.gpu, restart },
      'engine started',
    ),
  );
  serving.on('engine-exited', ({ service, variant, expected, code, signal, log: lines, lost }) => {
    if (expected) engines.info({ service, variant }, 'engine stopped');
    else
      engines.warn(
        { service, variant, code, signal, lost, lines: lines.slice(-3) },
        'engine ended unexpectedly',
      );
  });
  serving.on('engine-degraded', ({ service, variant, step }) =>
    engines.warn({ service, variant, rung: step.kind, reason: step.reason }, 'engine opened a rung lower'),
  );
  serving.on('engine-climbed', ({ service, variant, step }) =>
    engines.info({ service, variant, rung: step.kind }, 'engine opened a rung higher'),
  );
  serving.on('service-slept', ({ service, variant }) =>
    engines.info({ service, variant }, 'service put to sleep'),
  );
  serving.on('engine-broken', ({ service, variant, exits, reason }) =>
    engines.error({ service, variant, exits, reason }, 'engine keeps ending'),
  );
  serving.on('traffic-switched', ({ service, variant }) =>
    engines.info({ service, variant }, 'traffic switched'),
  );
}
