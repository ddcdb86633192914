import type { Degradation, Problem, ProblemCode, ReportedService, ServiceName } from '@flotilla/contracts';
import { planService, type PlanInput, type ServicePlan } from './plan-service.ts';
import type { FetchProgress } from './ports.ts';
import type { ServiceRecord, Slot, World } from './state.ts';
import { PHASE_OF, serviceOf, type Step } from './step.ts';
import { serviceNames, targetOf, type Target } from './target.ts';

/** What the loop is doing at this moment. */
export interface Activity {
  step?: Step;
  progress: ReadonlyMap<ServiceName, FetchProgress>;
}

/** What the box says of its services, without what only the engines know. */
export function describeServices(input: PlanInput & { activity: Activity }): ReportedService[] {
  const { world, desired } = input;
  return serviceNames(world, desired).map((service) => {
    const target = targetOf(world, desired, service);
    const plan = planService({ ...input, service });
    const slot = world.slots.find(({ record, stage }) => record.service === service && stage === 'serving');
    const serving = slot?.record;
    const broken = world.slots.some(({ record, stage }) => record.service === service && stage === 'broken');
    return {
      service,
      ...stateOf({ target, plan, slot, broken }),
      ...phaseOf({ service, plan, activity: input.activity }),
      ...servingOf(serving),
      ...targetFields(input, service),
      ...resolutionOf(world, input, service, serving),
      ...degradedOf(world, { service, target, serving }),
    };
  });
}

function stateOf({
  target,
  plan,
  slot,
  broken,
}: {
  target: Target;
  plan: ServicePlan;
  slot: Slot | undefined;
  broken: boolean;
}): {
  state: ReportedService['state'];
  problem?: Problem;
} {
  if (target.kind === 'record') return { state: 'failed', problem: target.failed };
  if (target.kind === 'nothing')
    return { state: 'failed', problem: broken ? stillTried(target.failed) : target.failed };
  switch (plan.kind) {
    case 'step':
      return { state: 'changing' };
    case 'reached':
      return { state: slot ? (slot.asleep === true ? 'sleeping' : 'serving') : 'absent' };
    case 'blocked':
      // What passes by itself is a change under way; its problem says what it waits for.
      return {
        state: plan.retry && plan.problem.code !== 'disk-full' ? 'changing' : 'blocked',
        problem: plan.problem,
      };
  }
}

/** The engine that nothing could replace: what broke it may pass. */
function stillTried(problem: Problem): Problem {
  const next = 'It is started again, after half a minute at most, and serves once it has lived for a minute.';
  return { ...problem, detail: `${sentence(problem.detail).slice(0, 2_000 - next.length - 1)} ${next}` };
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function phaseOf({
  service,
  plan,
  activity,
}: {
  service: ServiceName;
  plan: ServicePlan;
  activity: Activity;
}): Pick<ReportedService, 'phase' | 'progress'> {
  const running = activity.step && serviceOf(activity.step) === service ? activity.step : undefined;
  const step = running ?? (plan.kind === 'step' ? plan.step : undefined);
  if (!step) return {};
  const progress = step.kind === 'fetch-model' ? activity.progress.get(service) : undefined;
  return { phase: PHASE_OF[step.kind], ...(progress ? { progress: { ...progress } } : {}) };
}

function servingOf(
  serving: ServiceRecord | undefined,
): Pick<ReportedService, 'release' | 'revision' | 'variant' | 'adapter'> {
  if (!serving) return {};
  const { digest, variant, quantization, adapter } = serving.placement;
  return {
    release: serving.release,
    revision: serving.revision,
    variant: { digest, name: variant, quantization },
    ...(adapter ? { adapter: { digest: adapter.digest, name: adapter.name, scale: adapter.scale } } : {}),
  };
}

function targetFields(
  { desired }: PlanInput,
  service: ServiceName,
): Pick<ReportedService, 'target' | 'targetRevision'> {
  const wanted = desired?.services.find((entry) => entry.service === service);
  return wanted ? { target: wanted.release, targetRevision: wanted.revision } : {};
}

/** What an engine can fail with; other failures say something of the release's content, and nothing was taken down. */
const ENGINE_FAILURES: ReadonlySet<string> = new Set<ProblemCode>([
  'engine-crash-loop',
  'engine-crashed',
  'load-failed',
  'did-not-fit',
  'timeout',
]);

/** The last two rungs of the ladder, where they were taken; those before them only the engine knows. */
function degradedOf(
  { rollback }: World,
  { service, target, serving }: { service: ServiceName; target: Target; serving: ServiceRecord | undefined },
): Pick<ReportedService, 'degraded'> {
  const variants = (rollback.failedVariants ?? []).filter(
    (one) => one.service === service && one.release === serving?.release,
  );
  const degraded = variants.map(({ problem, at }) => rungOf('smaller-variant', problem, at));
  if (target.kind === 'record' && serving && ENGINE_FAILURES.has(target.failed.code))
    degraded.push(rungOf('last-good-release', target.failed, target.failedAt));
  return degraded.length === 0 ? {} : { degraded };
}

function rungOf(rung: Degradation['rung'], { detail }: Problem, at: number): Degradation {
  return { rung, reason: detail.slice(0, 512), at };
}

/** Why this variant: of the release that is wanted where it was looked at already, else of the one that serves. */
function resolutionOf(
  world: World,
  { desired }: PlanInput,
  service: ServiceName,
  serving: ServiceRecord | undefined,
): Pick<ReportedService, 'resolution'> {
  const wanted = desired?.services.find((entry) => entry.service === service)?.release;
  const resolution =
    (wanted === undefined ? undefined : world.choices.get(wanted)?.resolution) ?? serving?.resolution;
  return resolution ? { resolution } : {};
}
