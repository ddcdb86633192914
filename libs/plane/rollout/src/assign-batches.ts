import type { BatchSpec } from '@flotilla/contracts';
import { percentOf } from './exact-share.ts';

/** How many devices each batch has; what the specs leave over is the last one. No batch is empty. */
export function batchSizes(total: number, specs: readonly BatchSpec[]): number[] {
  const sizes: number[] = [];
  let left = total;
  for (const spec of specs) {
    const asked = 'count' in spec ? spec.count : percentOf(spec.percent, total);
    const size = Math.min(asked, left);
    if (size === 0) break;
    sizes.push(size);
    left -= size;
  }
  if (left > 0) sizes.push(left);
  return sizes;
}

export interface Placed {
  deviceId: string;
  /** The device's place in the order of this rollout: a hash, so that canaries are other boxes each time. */
  position: string;
  batch: number;
}

/** Every device in exactly one batch, by its position; the same devices always land the same way. */
export function assignBatches({
  deviceIds,
  specs,
  positionOf,
}: {
  deviceIds: readonly string[];
  specs: readonly BatchSpec[];
  positionOf: (deviceId: string) => string;
}): { placed: Placed[]; bounds: string[] } {
  const ordered = deviceIds
    .map((deviceId) => ({ deviceId, position: positionOf(deviceId) }))
    .sort((a, b) => (a.position < b.position ? -1 : 1));
  const placed: Placed[] = [];
  const bounds: string[] = [];
  for (const [batch, size] of batchSizes(ordered.length, specs).entries()) {
    const members = ordered.slice(placed.length, placed.length + size);
    placed.push(...members.map((member) => ({ ...member, batch })));
    bounds.push(members.at(-1)?.position ?? '');
  }
  return { placed, bounds };
}

/** The batch of a device that came later: the one its hash falls in, or the first that still takes devices. */
export function lateBatch(
  position: string,
  batches: ReadonlyArray<{ index: number; state: string; upTo: string }>,
): number | undefined {
  const own = batches.find((batch) => position <= batch.upTo) ?? batches.at(-1);
  return batches.find(
    (batch) => batch.index >= (own?.index ?? 0) && (batch.state === 'pending' || batch.state === 'running'),
  )?.index;
}
