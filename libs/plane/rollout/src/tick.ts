import { isFlotillaError, releaseName } from '@flotilla/contracts';
import { applyDecision } from './apply-decision.ts';
import { lateBatch } from './assign-batches.ts';
import type { RolloutsDeps } from './create-rollouts.ts';
import { decide, type DecisionInputs } from './decide.ts';
import { desiredChange } from './desired-change.ts';
import { newDevices, parseTargets, positionIn } from './enter-devices.ts';
import { failureClassOf } from './failure-class.ts';
import { observe } from './observe.ts';
import type { DeviceChange, NewRolloutDevice, RolloutDevice, RolloutRow } from './rollout-store.ts';

const PAGE = 200;
/** Looking for late joiners reads every matching id: not at every tick. */
const ADMIT_EVERY_MS = 10_000;
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
  const admittedAt = new Map<string, number>();

  async function admit(rollout: RolloutRow): Promise<void> {
    const now = clock.now();
    if (now - (admittedAt.get(rollout.id) ?? rollout.createdAt) < ADMIT_EVERY_MS) return;
    admittedAt.set(rollout.id, now);
    const targets = parseTargets(rollout.selector);
    const [matching, known] = [await registry.devicesMatching(targets), await store.deviceIds(rollout.id)];
    if (matching.every((id) => known.has(id))) return;
    const positionOf = positionIn({ hashing, rolloutId: rollout.id });
    const release = { service: rollout.service, digest: rollout.release };
    const late: NewRolloutDevice[] = [];
    for (const [deviceId, previous] of await newDevices({ registry, targets, release })) {
      const position = positionOf(deviceId);
      const batch = known.has(deviceId) ? undefined : lateBatch(position, rollout.batches);
      if (batch === undefined) continue;
      const isOpen = rollout.batches[batch]?.state === 'running';
      late.push({
        deviceId,
        position,
        batch,
        previous,
        progressAt: now,
        state: isOpen ? 'updating' : 'waiting',
        wanted: isOpen ? 'go' : 'none',
      });
    }
    const admitted = await store.admit(rollout, late);
    if (admitted > 0) {
      await events.append({
        kind: 'rollout-changed',
        rolloutId: rollout.id,
        text: `${nameOf(rollout)}: ${admitted} late devices entered.`,
      });
    }
  }

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
        text: `${nameOf(rollout)}: ${decision.why}`.slice(0, 512),
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
    for (const rollout of await store.listUnsettled()) {
      const isOver = rollout.endedAt !== undefined;
      if (isOver) admittedAt.delete(rollout.id);
      else {
        if (rollout.state === 'running') await admit(rollout);
        await look(rollout);
        await decideOn(rollout.id);
      }
      await tell(rollout.id);
    }
  };
  return { tick, tell };
}

function nameOf({ service, revision }: RolloutRow): string {
  return releaseName({ service, revision });
}
