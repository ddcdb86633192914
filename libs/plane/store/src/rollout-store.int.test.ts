import type { CreateRolloutRequest, ReportedService, Rollout } from '@flotilla/contracts';
import { decide, type DecisionInputs } from '@flotilla/plane-rollout';
import { expect, it } from 'vitest';
import { describeOnEngines } from '../test/engines.ts';
import {
  addVariant,
  createPlane,
  joinDevices,
  newToken,
  joinRequest,
  releaseSpec,
  reportOf,
  rolloutRequest,
  type Plane,
} from '../test/plane.ts';
import type { PlaneStore } from './index.ts';

const refusal = (code: string): unknown => expect.objectContaining({ code });

/** A fleet whose devices do what the test says, through the registry as the link would. */
async function fleet(store: PlaneStore, devices: number) {
  const plane = createPlane({ store });
  await addVariant(store, 'small');
  const ids = await joinDevices(plane, devices);
  const old = await plane.releases.create(releaseSpec('small'), 'me');
  const next = await plane.releases.create(releaseSpec('small'), 'me');
  return { plane, ids, old: old.digest, next: next.digest };
}

async function report(plane: Plane, deviceId: string, service: Partial<ReportedService>): Promise<void> {
  const generation = (await plane.registry.getDesired(deviceId))?.generation ?? 0;
  await plane.clock.advance(1);
  const now = plane.clock.now();
  const services: ReportedService[] = [{ service: 'assistant', state: 'serving', ...service }];
  await plane.registry.takeReported(deviceId, reportOf({ deviceId, generation, at: now, services }), now);
}

const serve = (plane: Plane, deviceId: string, release: string, revision: number) =>
  report(plane, deviceId, { state: 'serving', release, revision });

const fail = (plane: Plane, deviceId: string, target: string, code = 'golden-prompt-failed') =>
  report(plane, deviceId, { state: 'failed', target, problem: { code, detail: 'no' } });

async function wantedOf(plane: Plane, deviceId: string): Promise<string> {
  const desired = await plane.registry.getDesired(deviceId);
  const service = desired?.services.find((s) => s.service === 'assistant');
  const pinned = desired?.pinned.length ?? 0;
  return service ? `assistant@${service.revision} ${service.activation}, ${pinned} pinned` : 'nothing';
}

/** Brings every device to the first release. */
async function settleOn(plane: Plane, ids: readonly string[], digest: string): Promise<void> {
  await plane.rollouts.create(rolloutRequest('assistant@1'), 'me');
  await plane.rollouts.tick();
  for (const id of ids) await serve(plane, id, digest, 1);
  await plane.rollouts.tick();
}

const start = (plane: Plane, more: Partial<CreateRolloutRequest> = {}): Promise<Rollout> =>
  plane.rollouts.create(rolloutRequest('assistant@2', more), 'me');

const states = ({ state, batches }: Rollout): string => `${state}: ${batches.map((b) => b.state).join(', ')}`;

/** Ids of a batch, in the rollout's order. */
async function batchOf(plane: Plane, id: string, batch: number): Promise<string[]> {
  return (await plane.rollouts.devices(id)).items.filter((d) => d.batch === batch).map((d) => d.deviceId);
}

describeOnEngines('a rollout', ({ openNew, open, newUrl, onReplicas }) => {
  it('takes one batch after the other and keeps the release before on disk meanwhile', async () => {
    const { plane, ids, old, next } = await fleet(await openNew(), 4);
    await settleOn(plane, ids, old);
    const { id } = await start(plane, { batches: [{ count: 1 }] });
    await plane.rollouts.tick();
    const [[canary = ''], others] = [await batchOf(plane, id, 0), await batchOf(plane, id, 1)];
    expect(others).toHaveLength(3);
    expect(await wantedOf(plane, canary)).toBe('assistant@2 go, 1 pinned');
    expect(await wantedOf(plane, others[0] ?? '')).toBe('assistant@1 go, 0 pinned');
    expect(states(await plane.rollouts.get(id))).toBe('running: running, pending');

    await report(plane, canary, {
      state: 'changing',
      phase: 'fetching',
      progress: { doneBytes: 5, totalBytes: 10 },
    });
    await plane.rollouts.tick();
    expect((await plane.rollouts.devices(id)).items[0]).toMatchObject({ phase: 'fetching', doneBytes: 5 });
    await serve(plane, canary, next, 2);
    await plane.rollouts.tick();
    for (const other of others) await serve(plane, other, next, 2);
    await plane.rollouts.tick();
    expect(states(await plane.rollouts.get(id))).toBe('completed: passed, passed');
    for (const device of ids) expect(await wantedOf(plane, device)).toBe('assistant@2 go, 0 pinned');
    expect(await plane.rollouts.countRunning()).toBe(0);
  });

  it('pauses on a failed batch, says why, and repeats that batch on resume', async () => {
    const { plane, ids, old, next } = await fleet(await openNew(), 3);
    await settleOn(plane, ids, old);
    const { id } = await start(plane, { batches: [{ count: 2 }] });
    await plane.rollouts.tick();
    const [bad = '', slow = ''] = await batchOf(plane, id, 0);
    await fail(plane, bad, next, 'download-failed');
    await plane.rollouts.tick();
    const paused = await plane.rollouts.get(id);
    expect(states(paused)).toBe('paused: failed, pending');
    expect(paused.why).toContain('download 1');
    expect(await wantedOf(plane, slow)).toBe('assistant@2 hold, 1 pinned');

    const before = (await plane.registry.getDesired(bad))?.generation ?? 0;
    expect(states(await plane.rollouts.resume(id, 'me'))).toBe('running: running, pending');
    expect(await wantedOf(plane, slow)).toBe('assistant@2 go, 1 pinned');
    // The document reads the same, but it must be answered anew.
    expect((await plane.registry.getDesired(bad))?.generation).toBe(before + 1);
    await plane.rollouts.tick();
    expect(states(await plane.rollouts.get(id))).toBe('running: running, pending');
    for (const device of [bad, slow]) await serve(plane, device, next, 2);
    await plane.rollouts.tick();
    expect(states(await plane.rollouts.get(id))).toBe('running: passed, running');
  });

  it('rolls the fleet back by itself where the gate says so', async () => {
    const { plane, ids, old, next } = await fleet(await openNew(), 4);
    await settleOn(plane, ids, old);
    const gate = { ...rolloutRequest('assistant').gate, onFailure: 'rollback' as const };
    const { id } = await start(plane, { batches: [{ count: 2 }], gate });
    await plane.rollouts.tick();
    const [well = '', bad = ''] = await batchOf(plane, id, 0);
    await serve(plane, well, next, 2);
    await fail(plane, bad, next);
    await plane.rollouts.tick();
    expect(states(await plane.rollouts.get(id))).toBe('rolled-back: failed, pending');
    for (const device of ids) expect(await wantedOf(plane, device)).toBe('assistant@1 go, 0 pinned');
  });

  it('goes back to nothing where nothing was before', async () => {
    const { plane, ids } = await fleet(await openNew(), 1);
    const { id } = await start(plane);
    await plane.rollouts.tick();
    await plane.rollouts.rollback(id, 'me');
    expect(await wantedOf(plane, ids[0] ?? '')).toBe('nothing');
    await expect(plane.rollouts.resume(id, 'me')).rejects.toThrow(refusal('conflict'));
  });

  it('keeps what succeeded when it is cancelled, and the devices are free at once', async () => {
    const { plane, ids, old, next } = await fleet(await openNew(), 2);
    await settleOn(plane, ids, old);
    const { id } = await start(plane);
    await plane.rollouts.tick();
    const [well = '', other = ''] = await batchOf(plane, id, 0);
    await serve(plane, well, next, 2);
    await plane.rollouts.tick();
    await expect(start(plane)).rejects.toThrow(refusal('conflict'));
    await plane.rollouts.cancel(id, 'me');
    expect(await wantedOf(plane, well)).toBe('assistant@2 go, 0 pinned');
    expect(await wantedOf(plane, other)).toBe('assistant@1 go, 0 pinned');
    expect((await start(plane)).state).toBe('running');
  });

  it('counts silence as failure, and a device that comes back late as success', async () => {
    const { plane, next } = await fleet(await openNew(), 2);
    const gate = { ...rolloutRequest('assistant').gate, deviceTimeoutMs: 60_000, successShare: 0.5 };
    const { id } = await start(plane, { gate });
    await plane.rollouts.tick();
    const [quiet = '', well = ''] = await batchOf(plane, id, 0);
    await plane.clock.advance(60_000);
    await plane.rollouts.tick();
    expect((await plane.rollouts.get(id)).batches[0]).toMatchObject({ failed: 0 });
    await report(plane, well, { state: 'changing', phase: 'fetching' });
    await plane.rollouts.tick();
    expect((await plane.rollouts.get(id)).batches[0]).toMatchObject({ failed: 1 });
    expect((await plane.rollouts.devices(id)).items.find((d) => d.deviceId === quiet)).toMatchObject({
      failure: 'timeout',
      problem: { code: 'timeout' },
    });
    await serve(plane, quiet, next, 2);
    await plane.rollouts.tick();
    expect((await plane.rollouts.get(id)).batches[0]).toMatchObject({ failed: 0, succeeded: 1 });
  });

  it('asks nothing of devices while it is paused', async () => {
    const { plane } = await fleet(await openNew(), 1);
    const gate = { ...rolloutRequest('assistant').gate, deviceTimeoutMs: 60_000 };
    const { id } = await start(plane, { gate });
    await plane.rollouts.tick();
    await plane.rollouts.pause(id, 'me');
    await plane.clock.advance(3_600_000);
    await plane.rollouts.tick();
    expect((await plane.rollouts.get(id)).batches[0]).toMatchObject({ failed: 0 });
    await plane.rollouts.resume(id, 'me');
    await plane.rollouts.tick();
    expect((await plane.rollouts.get(id)).batches[0]).toMatchObject({ failed: 0 });
  });

  it('fails the batch when a device falls during the soak', async () => {
    const { plane, ids, next } = await fleet(await openNew(), 2);
    const gate = { ...rolloutRequest('assistant').gate, soakMs: 60_000 };
    const { id } = await start(plane, { gate });
    await plane.rollouts.tick();
    for (const device of ids) await serve(plane, device, next, 2);
    await plane.rollouts.tick();
    expect(states(await plane.rollouts.get(id))).toBe('running: soaking');
    await fail(plane, ids[0] ?? '', next, 'engine-crash-loop');
    await plane.rollouts.tick();
    expect(states(await plane.rollouts.get(id))).toBe('paused: failed');
  });

  it('takes late joiners in, and leaves out those who are revoked', async () => {
    const { plane, ids, next } = await fleet(await openNew(), 2);
    const { id } = await start(plane);
    await plane.rollouts.tick();
    const { deviceId: late } = await plane.registry.join(joinRequest(await newToken(plane), 'late'));
    await plane.clock.advance(10_000);
    await plane.rollouts.tick();
    expect(await wantedOf(plane, late)).toBe('assistant@2 go, 0 pinned');
    await plane.registry.revokeDevice(ids[0] ?? '');
    for (const device of [ids[1] ?? '', late]) await serve(plane, device, next, 2);
    await plane.rollouts.tick();
    expect(await plane.rollouts.get(id)).toMatchObject({
      state: 'completed',
      batches: [{ devices: 2, succeeded: 2 }],
    });
  });

  it('gives a device that joins after it completed what the others have', async () => {
    const { plane, ids, old, next } = await fleet(await openNew(), 1);
    await settleOn(plane, ids, old);
    const { id } = await start(plane);
    await plane.rollouts.tick();
    await serve(plane, ids[0] ?? '', next, 2);
    await plane.rollouts.tick();
    const { deviceId: late } = await plane.registry.join(joinRequest(await newToken(plane), 'late'));
    await plane.clock.advance(10_000);
    await plane.rollouts.tick();
    expect(await wantedOf(plane, late)).toBe('assistant@2 go, 0 pinned');
    expect((await plane.rollouts.get(id)).batches[0]).toMatchObject({ devices: 2, succeeded: 1 });
    await serve(plane, late, next, 2);
    await plane.rollouts.tick();
    expect(await plane.rollouts.get(id)).toMatchObject({ state: 'completed', batches: [{ succeeded: 2 }] });
    // A rollout that was cancelled before it reached a device leaves that device to the completed one.
    await plane.rollouts.cancel((await start(plane, { selector: `device=${late}` })).id, 'me');
    const third = await plane.registry.join(joinRequest(await newToken(plane), 'third'));
    await plane.rollouts.rollback((await start(plane)).id, 'me');
    await plane.clock.advance(10_000);
    await plane.rollouts.tick();
    expect(await wantedOf(plane, third.deviceId)).toBe('assistant@2 go, 0 pinned');
  });

  it('passes at once where the release serves already', async () => {
    const { plane, ids, old } = await fleet(await openNew(), 2);
    await settleOn(plane, ids, old);
    const { id } = await plane.rollouts.create(rolloutRequest('assistant@1'), 'me');
    await plane.rollouts.tick();
    await plane.rollouts.tick();
    expect(states(await plane.rollouts.get(id))).toBe('completed: passed');
    expect((await plane.registry.getDesired(ids[0] ?? ''))?.generation).toBe(1);
  });

  it('needs a device, a selector that can be read, and a release', async () => {
    const { plane } = await fleet(await openNew(), 1);
    await expect(start(plane, { selector: 'site=nowhere' })).rejects.toThrow(refusal('no-match'));
    await expect(start(plane, { selector: 'site>3' })).rejects.toThrow(refusal('invalid-input'));
    await expect(plane.rollouts.create(rolloutRequest('assistant@9'), 'me')).rejects.toThrow(
      refusal('not-found'),
    );
    await expect(plane.rollouts.get('nothing')).rejects.toThrow(refusal('not-found'));
  });

  it('can answer why from its log alone', async () => {
    const { plane, ids, next } = await fleet(await openNew(), 3);
    const { id } = await start(plane, { batches: [{ count: 1 }] });
    await plane.rollouts.tick();
    const [[canary = '']] = [await batchOf(plane, id, 0)];
    await serve(plane, canary, next, 2);
    await plane.rollouts.tick();
    for (const device of ids) await serve(plane, device, next, 2);
    await plane.rollouts.tick();
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await plane.rollouts.decisions(id, { limit: 2, cursor });
      for (const decision of page.items) {
        seen.push(decision.decision);
        if (decision.decision === 'start') continue;
        const again = decide(decision.inputs as unknown as DecisionInputs);
        expect({ decision: again.kind, why: again.why }).toEqual({
          decision: decision.decision,
          why: decision.why,
        });
      }
      cursor = page.next;
    } while (cursor !== undefined);
    expect(seen).toEqual(['complete', 'pass-batch', 'open-batch', 'pass-batch', 'open-batch', 'start']);
  });

  it('pages its devices in batch order and its siblings newest first', async () => {
    const { plane } = await fleet(await openNew(), 5);
    const { id } = await start(plane, { batches: [{ count: 2 }] });
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await plane.rollouts.devices(id, { limit: 2, cursor });
      seen.push(...page.items.map((d) => d.batch));
      for (const { deviceId, deviceName } of page.items) {
        expect(deviceName).toBe((await plane.registry.findDevice(deviceId))?.name);
      }
      cursor = page.next;
    } while (cursor !== undefined);
    expect(seen).toEqual([0, 0, 1, 1, 1]);
    await plane.rollouts.cancel(id, 'me');
    const { id: second } = await start(plane);
    expect((await plane.rollouts.list({ limit: 1 })).items.map((r) => r.id)).toEqual([second]);
    expect((await plane.rollouts.list({ state: 'cancelled' })).items.map((r) => r.id)).toEqual([id]);
  });

  it('is left to one of two when two are made at once for one device', async () => {
    const { plane } = await fleet(await openNew(), 3);
    const outcomes = await Promise.allSettled([start(plane), start(plane), start(plane)]);
    expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(1);
  });

  // SQLite has one writer: there are no replicas over it.
  onReplicas('ends the same when two replicas tick at once and people press buttons', async () => {
    const url = await newUrl();
    const [one, other] = [await open(url), await open(url)];
    await one.migrate();
    const { plane, ids, next } = await fleet(one, 6);
    const second = createPlane({ store: other, clock: plane.clock });
    const { id } = await start(plane, { batches: [{ count: 2 }, { count: 2 }] });
    for (let round = 0; round < 6; round++) {
      await Promise.all([plane.rollouts.tick(), second.rollouts.tick(), plane.rollouts.tick()]);
      await Promise.allSettled([plane.rollouts.pause(id, 'a'), second.rollouts.pause(id, 'b')]);
      await Promise.allSettled([plane.rollouts.resume(id, 'a'), second.rollouts.resume(id, 'b')]);
      for (const device of ids) {
        if ((await wantedOf(plane, device)).startsWith('assistant@2')) await serve(plane, device, next, 2);
      }
    }
    await plane.rollouts.tick();
    expect(states(await plane.rollouts.get(id))).toBe('completed: passed, passed, passed');
    const { items } = await plane.rollouts.decisions(id, { limit: 500 });
    expect(items.filter((d) => d.decision === 'open-batch')).toHaveLength(3);
  });
});

describeOnEngines('a plan', ({ openNew }) => {
  it('says for every device what it would take, or what stops it', async () => {
    const { plane, ids, old } = await fleet(await openNew(), 2);
    await serve(plane, ids[0] ?? '', old, 1);
    await plane.registry.updateDevice(ids[1] ?? '', { policy: { memoryCapBytes: 1_000 } });
    const lines = await plane.rollouts.plan({ release: 'assistant@2', selector: '*' });
    expect(lines[0]).toMatchObject({ fits: true, variant: 'small', downloadBytes: 1_000 });
    expect(lines[1]).toMatchObject({ fits: false, problem: { code: 'did-not-fit' } });
  });
});
