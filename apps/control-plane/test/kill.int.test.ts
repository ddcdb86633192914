import { tempFolder, waitFor, type TempFolder } from '@flotilla/testkit';
import type { Desired, TelemetryRow } from '@flotilla/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startPlane, type PlaneProcess } from './plane-process.ts';
import { row, TestDevice } from './test-device.ts';

let folder: TempFolder;
let plane: PlaneProcess;
const devices: TestDevice[] = [];

beforeEach(async () => {
  folder = await tempFolder({ name: 'plane-kill' });
  plane = await startPlane({ data: folder.file('data') });
});
afterEach(async () => {
  await Promise.all(devices.splice(0).map((device) => device.link.stop()));
  await plane.child.stop();
  await folder.remove();
});

async function joinDevices(count: number, site: string): Promise<TestDevice[]> {
  const created = await plane.client.api.v1['join-tokens'].$post({
    json: { maxUses: count, labels: { site } },
  });
  const { token } = await created.json();
  for (let index = 0; index < count; index += 1) devices.push(await TestDevice.join({ token }));
  await Promise.all(devices.map((device) => device.connect()));
  return devices;
}

/** As a power cut would: no goodbye, no flush; then the same command again. */
async function killAndRestart(): Promise<void> {
  await plane.child.kill9();
  plane = await startPlane({ data: folder.file('data'), ports: plane.ports });
}

describe('kill -9 of the control plane', () => {
  it('mid-ingest loses no row and counts none twice', async () => {
    const [device] = await joinDevices(1, 'lab');
    if (device === undefined) throw new TypeError('no device');
    const total = 60;
    const rows: TelemetryRow[] = Array.from({ length: total }, (_, index) => row(index + 1, 'ab'.repeat(32)));
    const acked = () => Math.max(0, ...device.acks.map(({ upTo }) => upTo));
    const killAt = [7, 22, 41];

    while (acked() < total) {
      const from = acked();
      await device.link.whenConnected();
      // What the spool does: everything that is not acknowledged goes again, in batches.
      const sent = device.sendRows('epoch-1', rows.slice(from, from + 5)).catch(() => {});
      if (killAt[0] !== undefined && from >= killAt[0]) {
        killAt.shift();
        await killAndRestart();
        const overview = await (await plane.client.api.v1.overview.$get()).json();
        expect(overview.lastDay.requests).toBeGreaterThanOrEqual(acked());
      }
      await sent;
      await waitFor(() => acked() > from, { what: 'more rows are acknowledged', deadlineMs: 500 }).catch(
        () => {},
      );
    }
    expect(killAt).toEqual([]);
    const overview = await (await plane.client.api.v1.overview.$get()).json();
    expect(overview.lastDay).toMatchObject({ requests: total, tokensIn: 10 * total, tokensOut: 5 * total });
  });

  it('mid-rollout goes on where it was: every device changes once, batch after batch', async () => {
    const fleet = await joinDevices(5, 'plant');
    const serves = async (device: TestDevice, { generation, services }: Desired): Promise<void> => {
      const [wanted] = services;
      if (wanted === undefined) return;
      await device.report(generation, [
        { service: wanted.service, state: 'serving', release: wanted.release, revision: wanted.revision },
      ]);
    };
    let answering = false;
    const answered = new Map<TestDevice, number>();
    // A device that says again what it serves until the control plane has heard it, as an agent does.
    const answerAll = async (): Promise<void> => {
      if (!answering) return;
      for (const device of fleet) {
        const newest = device.desired.at(-1);
        if (newest === undefined || device.link.state !== 'connected') continue;
        await serves(device, newest).catch(() => {});
        answered.set(device, newest.generation);
      }
    };

    const started = await plane.client.api.v1.rollouts.$post({
      json: { release: 'assistant@1', selector: 'site=plant', batches: [{ count: 1 }, { count: 2 }] },
    });
    const { id } = await started.json();
    await killAndRestart();
    await waitFor(() => fleet.some(({ desired }) => desired.length > 0), {
      what: 'the first batch is told',
      deadlineMs: 30_000,
    });
    await killAndRestart();
    answering = true;
    const told = () => fleet.filter(({ desired }) => desired.length > 0).length;
    await waitFor(() => answerAll().then(() => told() >= 3), {
      what: 'the second batch is told',
      everyMs: 100,
      deadlineMs: 30_000,
    });
    await killAndRestart();
    const rollout = await waitFor(
      async () => {
        await answerAll();
        const now = await plane.client.api.v1.rollouts[':rolloutId'].$get({ param: { rolloutId: id } });
        const view = await now.json();
        return view.state === 'completed' ? view : undefined;
      },
      { what: 'the rollout is completed', everyMs: 100, deadlineMs: 30_000 },
    );
    expect(rollout.batches.map(({ state, devices: count, succeeded }) => [state, count, succeeded])).toEqual([
      ['passed', 1, 1],
      ['passed', 2, 2],
      ['passed', 2, 2],
    ]);
    for (const device of fleet) {
      const generations = device.desired
        .filter(({ services }) => services.length > 0)
        .map(({ generation }) => generation);
      // Told again after each restart, but it is one and the same change; pins may go when the rollout ends.
      expect(generations).toEqual(generations.toSorted((one, other) => one - other));
      expect(device.desired.at(-1)?.services).toMatchObject([{ service: 'assistant', revision: 1 }]);
    }
    const page = await plane.client.api.v1.rollouts[':rolloutId'].decisions.$get({
      param: { rolloutId: id },
      query: {},
    });
    const opened = (await page.json()).items.filter(({ decision }) => decision.includes('open'));
    expect(opened).toHaveLength(3);
  });
});
