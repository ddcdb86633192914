import type { Problem, ServiceName } from '@flotilla/contracts';
import { garbageStep } from './garbage.ts';
import { planService, type PlanInput, type ServicePlan } from './plan-service.ts';
import type { Step } from './step.ts';
import { serviceNames } from './target.ts';

/** Why one service cannot go on. `retry`: it may pass by itself, and is planned again after a while. */
export interface Block {
  service: ServiceName;
  problem: Problem;
  retry: boolean;
}

export type Plan =
  /** Only the next safe ones, in order; the world is read again after them. */
  | { kind: 'steps'; steps: readonly [Step, ...Step[]] }
  | { kind: 'reached' }
  | { kind: 'blocked'; blocks: readonly [Block, ...Block[]] };

/**
 * What to do next to make the box as it is desired. Pure: the same world gives the same plan.
 *
 * What served before is brought back first, half-done switches are finished next, services that are not desired
 * give their memory back, then one service after another is changed. A blocked service never stops another.
 */
export function plan(input: PlanInput): Plan {
  const plans = planEachService(input);
  const steps = [...plans.values()].filter((one) => one.kind === 'step');
  const next =
    steps.find(({ urgent }) => urgent) ?? steps.find(({ step }) => step.kind === 'retire') ?? steps[0];
  if (next) return { kind: 'steps', steps: [next.step] };

  const garbage = garbageStep(input.world, input.desired);
  if (garbage) return { kind: 'steps', steps: [garbage] };

  const [first, ...rest] = [...plans].flatMap(([service, one]) =>
    one.kind === 'blocked' ? [{ service, problem: one.problem, retry: one.retry }] : [],
  );
  return first ? { kind: 'blocked', blocks: [first, ...rest] } : { kind: 'reached' };
}

export function planEachService(input: PlanInput): ReadonlyMap<ServiceName, ServicePlan> {
  return new Map(
    serviceNames(input.world, input.desired).map((service) => [service, planService({ ...input, service })]),
  );
}
