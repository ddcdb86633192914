/*
 * Ticks a rollout whose devices always do what is wanted, until it is over. Started again after a kill, it goes on.
 * node rollout.ts URL
 */
import { fakeClock } from '@flotilla/testkit';
import { openStore } from '../../src/index.ts';
import { addVariant, createPlane, joinDevices, releaseSpec, reportOf, rolloutRequest } from '../plane.ts';

const [url = ''] = process.argv.slice(2);
const store = await openStore({ url });
await store.migrate();
const clock = fakeClock({ now: Date.now() });
const plane = createPlane({ store, clock });
if ((await plane.rollouts.list()).items.length === 0) {
  await addVariant(store, 'small');
  await joinDevices(plane, 12);
  await plane.releases.create(releaseSpec('small'), 'test');
  await plane.rollouts.create(
    rolloutRequest('assistant@1', { batches: [{ count: 2 }, { count: 4 }] }),
    'test',
  );
}
console.log('ready');
const [rollout] = (await plane.rollouts.list()).items;
if (rollout === undefined) throw new TypeError('the rollout is gone');
for (;;) {
  await plane.rollouts.tick();
  console.log('step');
  const { state } = await plane.rollouts.get(rollout.id);
  if (state === 'completed') break;
  for (const { deviceId } of (await plane.rollouts.devices(rollout.id)).items) {
    const desired = await plane.registry.getDesired(deviceId);
    const [service] = desired?.services ?? [];
    if (desired === undefined || service === undefined) continue;
    await clock.advance(1);
    const now = clock.now();
    const said = {
      service: service.service,
      state: 'serving' as const,
      release: service.release,
      revision: 1,
    };
    const report = reportOf({ deviceId, generation: desired.generation, at: now, services: [said] });
    await plane.registry.takeReported(deviceId, report, now);
    console.log('step');
  }
}
await store.close();
console.log('completed');
