import { isFlotillaError, releaseName } from '@flotilla/contracts';
import { applyDecision } from './apply-decision.ts';
import { createAdmission } from './admit-late-joiners.ts';
import type { RolloutsDeps } from './create-rollouts.ts';
import { decide, type DecisionInputs } from './decide.ts';
import { desiredChange } from './desired-change.ts';
import { failureClassOf } from './failure-class.ts';
import { observe } from './observe.ts';
import type { DeviceChange, RolloutDevice, RolloutRow } from './rollout-store.ts';

const PAGE = 200;
/** More steps than a rollout of 21 batches can take at once; what is left is for the next tick. */
const MOST_STEPS = 100;

/**
 * The job of a rollout: observe, decide, write, tell. Each part is a transaction of its own that reads what is
 * stored and can be repeated, so the process may be killed between any two of them.
 *
 * Wanted and told are two columns: a decision changes what is wanted; telling a device follows, as often as needed.
 */
export function createTick({ store, registry, hashing, clock, events }: RolloutsDeps): {
  tick: () => Promise<void>;
  tell: (rolloutId: string) => Promise<void>;
} {
  const admit = createAdmission({ store, registry, hashing, clock, events });

  async function look(rollout: RolloutRow): Promise<void> {
    await store.dropRevoked(rollout.id);
    let after: string | undefined;
    for (;;) {
      const now = clock.now();
      const page = await store.watch({
        rolloutId: rollout.id,
        service: rollout.service,
        release: rollout.release,
        quietSince: now - rollout.gate.deviceTimeoutMs,
        after,
        limit: PAGE,
      });
      const changes = page
        .map((watched) => observe(watched, rollout, now))
        .filter((change): change is DeviceChange => change !== undefined);
      const looked = page.flatMap(({ device, word }) =>
        word === undefined ? [] : [{ deviceId: device.deviceId, report: word.report }],
      );
      if (page.length > 0) await store.saveObserved({ rolloutId: rollout.id, looked, changes, now });
      after = page.at(-1)?.device.deviceId;
      if (page.length < PAGE) return;
    }
  }

  async function decideOn(id: string): Promise<void> {
    for (let step = 0; step < MOST_STEPS; step++) {
      const rollout = await store.find(id);
      if (rollout === undefined) return;
      const inputs = await inputsOf(rollout);
      const decision = decide(inputs);
      if (decision.kind === 'wait') return;
      const transition = applyDecision(rollout, decision, inputs.now);
      const saved = await store.saveDecision({
        ...transition,
        expectedVersion: rollout.version,
        decision: { at: inputs.now, decision: decision.kind, why: decision.why, inputs: { ...inputs } },
      });
      if (!saved) continue;
      await events.append({
        kind: 'rollout-changed',
        rolloutId: id,
        text: `${releaseName(rollout)}: ${decision.why}`.slice(0, 512),
      });
    }
  }

  async function inputsOf(rollout: RolloutRow): Promise<DecisionInputs> {
    const { state, gate, batches } = rollout;
    return {
      rollout: {
        state,
        gate,
        batches: batches.map(({ index, state: batchState, soakingSince }) => ({
          index,
          state: batchState,
          ...(soakingSince !== undefined && { soakingSince }),
        })),
      },
      observations: { batches: await store.counts(rollout.id) },
      now: clock.now(),
    };
  }

  async function tellDevice(rollout: RolloutRow, device: RolloutDevice): Promise<void> {
    const told = { rolloutId: rollout.id, deviceId: device.deviceId, applied: device.wanted };
    try {
      const { generation } = await registry.setDesired(device.deviceId, desiredChange(device, rollout));
      await store.markTold({ ...told, generation, progressAt: clock.now() });
    } catch (error) {
      // A device that can have no further service must not stop all others.
      if (!isFlotillaError(error) || error.code !== 'conflict') throw error;
      const now = clock.now();
      await store.markTold({ ...told, generation: device.generation, progressAt: now });
      const change: DeviceChange = {
        deviceId: device.deviceId,
        state: 'failed',
        failure: failureClassOf('did-not-fit'),
        problem: error.toProblem(),
        progressAt: now,
      };
      await store.saveObserved({ rolloutId: rollout.id, looked: [], changes: [change], now });
    }
  }

  async function tell(id: string): Promise<void> {
    const rollout = await store.find(id);
    if (rollout === undefined) return;
    for (;;) {
      const untold = await store.listUntold(id, PAGE);
      for (const device of untold) await tellDevice(rollout, device);
      if (untold.length < PAGE) break;
    }
    if (rollout.endedAt !== undefined) await store.settle(id);
  }

  const tick = async (): Promise<void> => {
    await admit.toStanding();
    const failures: unknown[] = [];
    for (const rollout of await store.listUnsettled()) {
      try {
        if (rollout.state === 'running') await admit.toRunning(rollout);
        if (rollout.endedAt === undefined || rollout.state === 'completed') await look(rollout);
        await decideOn(rollout.id);
        await tell(rollout.id);
      } catch (error) {
        // One rollout that cannot go on must not stop the others.
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  };
  return { tick, tell };
}
