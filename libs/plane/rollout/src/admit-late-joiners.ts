import { releaseName } from '@flotilla/contracts';
import { lateBatch } from './assign-batches.ts';
import type { RolloutsDeps } from './create-rollouts.ts';
import { newDevices, parseTargets, positionIn } from './enter-devices.ts';
import type { NewRolloutDevice, RolloutRow } from './rollout-store.ts';

/** Looking for late joiners reads every matching id: not at every tick. */
const ADMIT_EVERY_MS = 10_000;
/** Devices that join at once are taken in slices; the rest comes with the next look. */
const SLICE = 500;

/** Devices that came after a rollout began: into the running one by their hash, into a completed one at once. */
export function createAdmission({
  store,
  registry,
  hashing,
  clock,
  events,
}: Pick<RolloutsDeps, 'store' | 'registry' | 'hashing' | 'clock' | 'events'>): {
  toRunning(rollout: RolloutRow): Promise<void>;
  toStanding(): Promise<void>;
} {
  const lookedAt = new Map<string, number>();

  function isDue(key: string, since: number): boolean {
    const now = clock.now();
    if (now - (lookedAt.get(key) ?? since) < ADMIT_EVERY_MS) return false;
    lookedAt.set(key, now);
    return true;
  }

  async function enter(rollout: RolloutRow, late: readonly NewRolloutDevice[]): Promise<void> {
    const admitted = late.length === 0 ? 0 : await store.admit(rollout, late);
    if (admitted === 0) return;
    await events.append({
      kind: 'rollout-changed',
      rolloutId: rollout.id,
      text: `${releaseName(rollout)}: ${admitted} late ${admitted === 1 ? 'device' : 'devices'} entered.`,
    });
  }

  return {
    async toRunning(rollout) {
      if (!isDue(rollout.id, rollout.createdAt)) return;
      const targets = parseTargets(rollout.selector);
      const matching = await registry.devicesMatching(targets);
      const known = await store.deviceIds(rollout.id);
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
          progressAt: clock.now(),
          state: isOpen ? 'updating' : 'waiting',
          wanted: isOpen ? 'go' : 'none',
        });
      }
      await enter(rollout, late);
    },

    async toStanding() {
      if (!isDue('standing', 0)) return;
      // Newest first: a device that several selectors match takes what was decided last.
      for (const rollout of await store.listStanding()) {
        const selector = parseTargets(rollout.selector);
        const ids = await store.listUnreached({ service: rollout.service, selector, limit: SLICE });
        const positionOf = positionIn({ hashing, rolloutId: rollout.id });
        const late = ids.map((deviceId): NewRolloutDevice => ({
          deviceId,
          position: positionOf(deviceId),
          batch: rollout.batches.length - 1,
          previous: undefined,
          progressAt: clock.now(),
          state: 'updating',
          wanted: 'keep',
        }));
        await enter(rollout, late);
      }
    },
  };
}
