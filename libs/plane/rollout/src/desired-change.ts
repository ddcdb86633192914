import type { DesiredChange } from '@flotilla/plane-registry';
import type { RolloutDevice, RolloutRow } from './rollout-store.ts';

/** How a device's desired document must change to say what the rollout wants of it. Idempotent. */
export function desiredChange(device: RolloutDevice, rollout: RolloutRow): DesiredChange {
  const { service, release, revision } = rollout;
  const { previous } = device;
  const pinned = previous && previous.release !== release ? [previous.release] : [];
  // A device that is tried again must answer again, even when its document reads the same.
  const reissue = device.applied === 'none' && device.generation > 0;
  switch (device.wanted) {
    case 'none':
      return {};
    case 'go':
      return { set: [{ service, release, revision, activation: 'go' }], pin: pinned, reissue };
    case 'hold':
      return { set: [{ service, release, revision, activation: 'hold' }], pin: pinned };
    case 'keep':
      return { set: [{ service, release, revision, activation: 'go' }], unpin: pinned };
    case 'back':
      return previous === undefined
        ? { remove: [service] }
        : { set: [{ service, ...previous, activation: 'go' }], unpin: pinned };
  }
}
