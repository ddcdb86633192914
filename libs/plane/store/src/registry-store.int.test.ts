import { matchesSelector, parseSelector, type Selector } from '@flotilla/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeOnEngines } from '../test/engines.ts';
import { createPlane, FACTS, joinDevices, joinRequest, newToken, reportOf } from '../test/plane.ts';

const refusal = (code: string): unknown => expect.objectContaining({ code });

function selector(text: string): Selector {
  const parsed = parseSelector(text);
  if (!parsed.ok) throw new TypeError(parsed.reason);
  return parsed.selector;
}

const service = { service: 'assistant', release: 'a'.repeat(64), revision: 1, activation: 'go' as const };

describeOnEngines('joining', ({ openNew, open, newUrl, onReplicas }) => {
  it('makes one device of one key, however often its answer is lost', async () => {
    const { registry } = createPlane({ store: await openNew() });
    const { secret, view } = await registry.createJoinToken(
      { maxUses: 1, expiresInMs: 60_000, labels: { site: 'lisbon' } },
      'me',
    );
    const first = await registry.join(joinRequest(secret, 'key', { site: 'porto', role: 'till' }));
    const again = await registry.join(joinRequest(secret, 'key'));
    expect(again.deviceId).toBe(first.deviceId);
    expect((await registry.listJoinTokens()).items).toEqual([{ ...view, uses: 1 }]);
    // What the token says goes before what the box says of itself.
    expect((await registry.getDevice(first.deviceId)).labels).toEqual({ site: 'lisbon', role: 'till' });
  });

  it('lets one of two in when one use is left', async () => {
    const { registry } = createPlane({ store: await openNew() });
    const { secret } = await registry.createJoinToken({ maxUses: 3, expiresInMs: 60_000, labels: {} }, 'me');
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) => registry.join(joinRequest(secret, `key-${i}`))),
    );
    const refused = outcomes.filter((o) => o.status === 'rejected').map((o): unknown => o.reason);
    expect(refused).toHaveLength(5);
    for (const reason of refused) expect(reason).toEqual(refusal('join-token-used-up'));
    expect((await registry.listDevices()).items).toHaveLength(3);
  });

  it('counts one use when one key joins many times at once', async () => {
    const { registry } = createPlane({ store: await openNew() });
    const { secret } = await registry.createJoinToken({ maxUses: 1, expiresInMs: 60_000, labels: {} }, 'me');
    const joined = await Promise.all(
      Array.from({ length: 6 }, () => registry.join(joinRequest(secret, 'key'))),
    );
    expect(new Set(joined.map((j) => j.deviceId)).size).toBe(1);
  });

  // SQLite has one writer: there are no replicas over it.
  onReplicas('counts exactly over two replicas', async () => {
    const url = await newUrl();
    const [one, other] = [await open(url), await open(url)];
    await one.migrate();
    const planes = [createPlane({ store: one }), createPlane({ store: other })] as const;
    const { secret } = await planes[0].registry.createJoinToken(
      { maxUses: 5, expiresInMs: 60_000, labels: {} },
      'me',
    );
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        planes[i % 2 === 0 ? 0 : 1].registry.join(joinRequest(secret, `key-${i}`)),
      ),
    );
    expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(5);
  });

  it('is refused with a token that is unknown, revoked or expired', async () => {
    const { registry, clock } = createPlane({ store: await openNew() });
    await expect(registry.join(joinRequest('nonsense', 'key'))).rejects.toThrow(
      refusal('join-token-invalid'),
    );
    const revoked = await registry.createJoinToken({ maxUses: 1, expiresInMs: 60_000, labels: {} }, 'me');
    await registry.revokeJoinToken(revoked.view.id);
    await expect(registry.join(joinRequest(revoked.secret, 'key'))).rejects.toThrow(
      refusal('join-token-invalid'),
    );
    await expect(registry.revokeJoinToken(revoked.view.id)).rejects.toThrow(refusal('not-found'));
    const expired = await registry.createJoinToken({ maxUses: 1, expiresInMs: 60_000, labels: {} }, 'me');
    await clock.advance(60_000);
    await expect(registry.join(joinRequest(expired.secret, 'key'))).rejects.toThrow(
      refusal('join-token-expired'),
    );
    expect((await registry.listJoinTokens()).items.map((t) => t.uses)).toEqual([0]);
  });

  it('refuses more labels than a device may have, and counts no use', async () => {
    const { registry } = createPlane({ store: await openNew() });
    const many = (name: string) =>
      Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${name}-${i}`, 'x']));
    const request = { maxUses: 1, expiresInMs: 60_000, labels: many('token') };
    const { secret } = await registry.createJoinToken(request, 'me');
    await expect(registry.join(joinRequest(secret, 'key', many('box')))).rejects.toThrow(
      refusal('invalid-input'),
    );
    expect((await registry.listJoinTokens()).items[0]?.uses).toBe(0);
  });

  it('is over for a revoked device, also with its old token', async () => {
    const { registry } = createPlane({ store: await openNew() });
    const secret = await newToken({ registry } as never);
    const { deviceId } = await registry.join(joinRequest(secret, 'key'));
    const cut: string[] = [];
    registry.onRevoked((id) => cut.push(id));
    expect(await registry.isRevoked(deviceId)).toBe(false);
    await registry.revokeDevice(deviceId);
    expect(cut).toEqual([deviceId]);
    expect(await registry.isRevoked(deviceId)).toBe(true);
    expect(await registry.isRevoked('nobody')).toBe(true);
    await expect(registry.join(joinRequest(secret, 'key'))).rejects.toThrow(refusal('device-revoked'));
    await expect(registry.renewCertificate(deviceId, 'key')).rejects.toThrow(refusal('device-revoked'));
    expect((await registry.listDevices()).items).toEqual([]);
    expect(await registry.getDevice(deviceId)).toMatchObject({ id: deviceId, online: false });
  });
});

describeOnEngines('certificates of revoked devices', ({ openNew }) => {
  it('are all named, also those before the last renewal, until they end by themselves', async () => {
    const store = await openNew();
    const plane = createPlane({ store });
    const [kept = '', lost = ''] = await joinDevices(plane, 2);
    const certify = (id: string, serial: string, notAfter: number) =>
      store.registryStore.changeDevice(id, () => ({ certificate: { serial, notAfter } }));
    const now = plane.clock.now();
    await certify(kept, 'a0', now + 1_000);
    await certify(lost, 'b0', now + 1_000);
    await certify(lost, 'b1', now + 2_000);
    const named = async () => (await plane.registry.revokedCertificates()).map(({ serial }) => serial);
    expect(await named()).toEqual([]);
    await plane.registry.revokeDevice(lost);
    expect(await named()).toEqual(expect.arrayContaining(['b0', 'b1']));
    expect(await named()).not.toContain('a0');
    expect(await plane.registry.revokedCertificates()).toContainEqual({ serial: 'b1', revokedAt: now });
    await plane.clock.advance(1_500);
    expect(await named()).not.toContain('b0');
    expect(await named()).toContain('b1');
  });
});

describeOnEngines('what devices say', ({ openNew }) => {
  it('makes a device online until its last will, and a late will changes nothing', async () => {
    const plane = createPlane({ store: await openNew() });
    const [id = ''] = await joinDevices(plane, 1);
    const say = (state: 'online' | 'offline', session: string) =>
      plane.registry.markStatus(id, { v: 1, state, at: 0, session }, plane.clock.now());
    const online = async () => (await plane.registry.getDevice(id)).online;
    await say('online', 'first');
    await say('online', 'second');
    await say('offline', 'first');
    expect(await online()).toBe(true);
    await say('offline', 'second');
    expect(await online()).toBe(false);
    const texts = (await plane.events.list({ limit: 50, deviceId: id })).map((e) => e.kind);
    expect(texts).toEqual(['device-joined', 'device-online', 'device-offline']);
  });

  it('makes a device offline by silence, and online again by any word', async () => {
    const plane = createPlane({ store: await openNew() });
    const [id = ''] = await joinDevices(plane, 1);
    await plane.clock.advance(300_000);
    expect(await plane.registry.countByState()).toMatchObject({ offline: 1, idle: 0 });
    await plane.registry.heard(id, plane.clock.now());
    expect(await plane.registry.countByState()).toMatchObject({ offline: 0, idle: 1 });
    await plane.registry.assumeAllOffline();
    expect(await plane.registry.countByState()).toMatchObject({ offline: 1 });
  });

  it('keeps the newer of two reports', async () => {
    const plane = createPlane({ store: await openNew() });
    const [deviceId = ''] = await joinDevices(plane, 1);
    const now = plane.clock.now();
    const take = (generation: number, at: number) =>
      plane.registry.takeReported(deviceId, reportOf({ deviceId, generation, at, services: [] }), now);
    const held = async () => (await plane.registry.findDevice(deviceId))?.reported;
    await take(2, now);
    await take(1, now + 1);
    expect(await held()).toMatchObject({ generation: 2, at: now });
    await take(2, now - 5_000);
    expect(await held()).toMatchObject({ at: now });
    // A clock that was set back an hour must not silence the device for an hour.
    await take(2, now - 3_600_000);
    expect(await held()).toMatchObject({ at: now - 3_600_000 });
    expect((await plane.registry.getDevice(deviceId)).clockOffsetMs).toBe(-3_600_000);
  });

  it('ignores a report in the name of another device', async () => {
    const plane = createPlane({ store: await openNew() });
    const [one = '', other = ''] = await joinDevices(plane, 2);
    await plane.registry.takeReported(
      one,
      reportOf({ deviceId: other, generation: 0, at: 1, services: [] }),
      1,
    );
    expect((await plane.registry.findDevice(one))?.reported).toBeUndefined();
  });

  it('shows desired against reported', async () => {
    const plane = createPlane({ store: await openNew() });
    const [deviceId = ''] = await joinDevices(plane, 1);
    await plane.registry.setDesired(deviceId, { set: [service] });
    const problem = { code: 'did-not-fit', detail: 'needs 9 GB' };
    const services = [{ service: 'assistant', state: 'blocked' as const, target: service.release, problem }];
    await plane.registry.takeReported(
      deviceId,
      reportOf({ deviceId, generation: 1, at: 0, services }),
      plane.clock.now(),
    );
    expect(await plane.registry.getDevice(deviceId)).toMatchObject({
      state: 'blocked',
      generation: { desired: 1, reported: 1 },
      difference: [
        { service: 'assistant', reached: false, explanation: expect.stringContaining('needs 9 GB') },
      ],
    });
  });
});

describeOnEngines('what is wanted of devices', ({ openNew, open, newUrl, engine }) => {
  it('rises by one per change, whoever changes it at the same time', async () => {
    const url = await newUrl();
    const stores = [await open(url), engine === 'postgres' ? await open(url) : undefined];
    await stores[0]?.migrate();
    const planes = stores.filter((s) => s !== undefined).map((store) => createPlane({ store }));
    const [first] = planes;
    if (first === undefined) throw new TypeError('no plane');
    const [deviceId = ''] = await joinDevices(first, 1);
    const generations = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const { registry } = planes[i % planes.length] ?? first;
        return (await registry.setDesired(deviceId, { pin: [String(i).padStart(64, '0')] })).generation;
      }),
    );
    expect(generations.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect((await first.registry.getDesired(deviceId))?.pinned).toHaveLength(20);
  });

  it('is told to listeners after it is stored, and only when it changed', async () => {
    const plane = createPlane({ store: await openNew() });
    const [deviceId = ''] = await joinDevices(plane, 1);
    const told: number[] = [];
    const stop = plane.registry.onDesired((desired) => told.push(desired.generation));
    await plane.registry.setDesired(deviceId, { set: [service] });
    await plane.registry.setDesired(deviceId, { set: [service] });
    await plane.registry.updateDevice(deviceId, { policy: { memoryCapBytes: 1_000 } });
    stop();
    await plane.registry.setDesired(deviceId, { remove: ['assistant'] });
    expect(told).toEqual([1, 2]);
    expect(await plane.registry.getDesired(deviceId)).toMatchObject({
      generation: 3,
      services: [],
      policy: { memoryCapBytes: 1_000 },
    });
  });

  it('is listed whole for publishing again, without revoked devices', async () => {
    const plane = createPlane({ store: await openNew() });
    const ids = await joinDevices(plane, 5);
    for (const id of ids) await plane.registry.setDesired(id, { set: [service] });
    await plane.registry.revokeDevice(ids[2] ?? '');
    const listed: string[] = [];
    for await (const desired of plane.registry.listDesired()) listed.push(desired.deviceId);
    expect(listed).toEqual(ids.filter((_, i) => i !== 2));
  });
});

describeOnEngines('listing devices', ({ openNew }) => {
  it('pages without a gap or a double while devices join', async () => {
    const plane = createPlane({ store: await openNew() });
    const before = await joinDevices(plane, 7);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await plane.registry.listDevices({ limit: 2, cursor });
      seen.push(...page.items.map((d) => d.id));
      cursor = page.next;
      if (seen.length < 5) await joinDevices(plane, 1);
    } while (cursor !== undefined);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.slice(0, 7)).toEqual(before);
  });

  it('finds by state what it shows', async () => {
    const plane = createPlane({ store: await openNew() });
    const [ready = '', changing = '', silent = ''] = await joinDevices(plane, 4);
    await plane.registry.setDesired(ready, { set: [service] });
    await plane.registry.setDesired(changing, { set: [service] });
    const services = [{ service: 'assistant', state: 'serving' as const, release: service.release }];
    const report = reportOf({ deviceId: ready, generation: 1, at: 0, services });
    await plane.registry.takeReported(ready, report, plane.clock.now());
    await plane.registry.markStatus(
      silent,
      { v: 1, state: 'offline', at: 0, session: 's' },
      plane.clock.now(),
    );
    for (const state of ['ready', 'changing', 'offline', 'idle', 'blocked', 'failed'] as const) {
      const { items } = await plane.registry.listDevices({ state });
      expect(items.every((d) => d.state === state)).toBe(true);
      expect(items).toHaveLength((await plane.registry.countByState())[state]);
    }
    expect((await plane.registry.listDevices({ state: 'ready' })).items.map((d) => d.id)).toEqual([ready]);
  });

  it('selects in the database what the selector of contracts selects', async () => {
    const plane = createPlane({ store: await openNew() });
    const labels: Array<Record<string, string>> = [
      {},
      { site: 'lisbon' },
      { site: 'porto', role: 'till' },
      { site: 'lisbon', role: 'till' },
    ];
    const ids = await joinDevices(plane, 8, (i) => labels[i % labels.length] ?? {});
    const devices = ids.map((id, i) => ({
      id,
      labels: labels[i % labels.length] ?? {},
      facts: { ...FACTS, gpus: [], unknown: [], cpu: { ...FACTS.cpu, instructionSets: [] } },
    }));
    const requirement = fc.oneof(
      fc.constantFrom('site=lisbon', 'site=porto', 'role=till', 'role=none', 'hw.os=linux', 'hw.os=darwin'),
      fc.constantFrom(
        'hw.arch=x64',
        'hw.arch=arm64',
        'hw.gpu=none',
        'hw.gpu=cuda',
        'hw.shoe=none',
        `device=${ids[3]}`,
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(requirement, { minLength: 1, maxLength: 3 }), async (all) => {
        const chosen = selector(all.join(' AND '));
        const expected = devices.filter((device) => matchesSelector(chosen, device)).map((d) => d.id);
        expect(await plane.registry.devicesMatching(chosen)).toEqual(expected);
        const records: string[] = [];
        for await (const record of plane.registry.recordsMatching(chosen)) records.push(record.id);
        expect(records).toEqual(expected);
      }),
      { numRuns: 60 },
    );
    await plane.registry.updateDevice(ids[0] ?? '', { labels: { site: 'faro' } });
    expect(await plane.registry.devicesMatching(selector('site=faro'))).toEqual([ids[0]]);
  });
});
