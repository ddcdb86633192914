import {
  FlotillaError,
  type Desired,
  type FleetEvent,
  type Reported,
  type TelemetryBatch,
} from '@flotilla/contracts';
import { fakeClock } from '@flotilla/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDeviceLink, type DeviceLink, type DeviceLinkDeps } from './device-link.ts';
import type { DeviceMessage, DeviceTransport, TransportListeners } from './transport.ts';

const A = 'device-a';

const desired = (deviceId: string, generation: number): Desired => ({
  v: 1,
  deviceId,
  generation,
  issuedAt: 1,
  services: [],
  pinned: [],
  policy: {},
});

/** Everything around the link, as plain memory; what happened is told as short texts. */
function world() {
  const clock = fakeClock();
  const said: string[] = [];
  const events: string[] = [];
  const documents = new Map<string, Desired>();
  const revoked = new Set<string>();
  const onDesired = new Set<(document: Desired) => void>();
  const onRevoked = new Set<(id: string) => void>();
  let listeners: TransportListeners | undefined;
  let committed = true;
  let signing: Promise<void> = Promise.resolve();
  const transport: DeviceTransport = {
    start: async (given) => {
      listeners = given;
      given.onUp();
    },
    stop: async () => void said.push('stopped'),
    publish: async (channel, deviceId, payload) => {
      const detail = channel === 'desired' ? (payload as { generation?: number }).generation : undefined;
      said.push(`${channel} ${deviceId}${detail === undefined ? '' : ` ${detail}`}`);
    },
    clearRetained: async (deviceId) => void said.push(`cleared ${deviceId}`),
    cut: (deviceId) => void said.push(`cut ${deviceId}`),
    isConnected: (deviceId) => deviceId === A,
  };
  const deps = {
    transport,
    clock,
    signDesired: async (document: Desired) => {
      await signing;
      return { generation: document.generation };
    },
    registry: {
      isRevoked: async (id: string) => revoked.has(id),
      markStatus: async (id: string) => void said.push(`status of ${id}`),
      takeReported: async (id: string) => void said.push(`reported of ${id}`),
      heard: async () => {},
      getDesired: async (id: string) => documents.get(id),
      listDesired: async function* () {
        yield* documents.values();
      },
      listRevoked: async function* () {
        yield* revoked;
      },
      onDesired: (listener: (document: Desired) => void) => {
        onDesired.add(listener);
        return () => onDesired.delete(listener);
      },
      onRevoked: (listener: (id: string) => void) => {
        onRevoked.add(listener);
        return () => onRevoked.delete(listener);
      },
    },
    telemetry: {
      ingest: async (batch: TelemetryBatch) => {
        if (!committed) throw new TypeError('the database is away');
        said.push('committed');
        return { v: 1, epoch: batch.epoch, upTo: 1 };
      },
    },
    feed: { append: async (event: Pick<FleetEvent, 'kind' | 'text'>) => void events.push(event.kind) },
  };
  return {
    clock,
    said,
    events,
    documents,
    revoked,
    deps: deps as unknown as DeviceLinkDeps,
    change(document: Desired) {
      documents.set(document.deviceId, document);
      for (const listener of onDesired) listener(document);
    },
    revoke: (id: string) => onRevoked.forEach((listener) => listener(id)),
    say: (message: unknown) => listeners?.onMessage(message as DeviceMessage) ?? Promise.resolve(),
    refuse: (reason: 'not-json') =>
      listeners?.onRefused({ channel: 'status', deviceId: A, reason, problem: 'x' }),
    databaseAway: () => (committed = false),
    holdSigning() {
      const gate = Promise.withResolvers<void>();
      signing = gate.promise;
      return gate.resolve;
    },
  };
}

const telemetry = (deviceId: string) => ({
  channel: 'telemetry',
  deviceId: A,
  payload: { deviceId, epoch: 'e', rows: [{}] },
});
const reported = (generation: number) => ({
  channel: 'reported',
  deviceId: A,
  payload: { deviceId: A, generation } as Reported,
});

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

describe('the link to devices', () => {
  let w: ReturnType<typeof world>;
  let link: DeviceLink;
  beforeEach(async () => {
    w = world();
    link = createDeviceLink(w.deps);
  });

  it('publishes every desired document when the broker comes up, and each change after it', async () => {
    w.documents.set(A, desired(A, 3)).set('device-b', desired('device-b', 1));
    await link.start();
    await settle();
    expect(w.said).toEqual(['desired device-a 3', 'desired device-b 1']);
    w.change(desired(A, 4));
    await settle();
    expect(w.said.at(-1)).toBe('desired device-a 4');
  });

  it('ends with the newest document, however fast changes come', async () => {
    await link.start();
    const release = w.holdSigning();
    for (const generation of [1, 2, 3]) w.change(desired(A, generation));
    await settle();
    w.change(desired(A, 4));
    release();
    await settle();
    expect(w.said.at(-1)).toBe('desired device-a 4');
    expect(w.said.length).toBeLessThan(4);
  });

  it('acknowledges rows after they were committed, and not when they were not', async () => {
    await link.start();
    await w.say(telemetry(A));
    expect(w.said).toEqual(['committed', 'ack device-a']);
    w.databaseAway();
    const failures: unknown[] = [];
    link.events.on('message-failed', (failure) => failures.push(failure));
    await w.say(telemetry(A));
    expect(w.said.filter((text) => text.startsWith('ack'))).toHaveLength(1);
    expect(failures).toMatchObject([{ channel: 'telemetry', deviceId: A }]);
  });

  it('refuses a message that names another device inside', async () => {
    await link.start();
    await w.say(telemetry('device-b'));
    expect(w.said).toEqual([]);
    expect(w.events).toEqual(['message-refused']);
  });

  it('says the document again to a device that answers an older one, at most once a minute', async () => {
    await link.start();
    w.change(desired(A, 5));
    await settle();
    const told = () => w.said.filter((text) => text.startsWith('desired')).length;
    await w.say(reported(4));
    await w.say(reported(4));
    await settle();
    expect(told()).toBe(2);
    await w.clock.advance(60_000);
    await w.say(reported(4));
    await settle();
    expect(told()).toBe(3);
    await w.clock.advance(60_000);
    await w.say(reported(5));
    await settle();
    expect(told()).toBe(3);
  });

  it('tells people of refused messages at most once a minute and device, and counts all', async () => {
    const counted: unknown[] = [];
    link.events.on('message-refused', (refused) => counted.push(refused));
    await link.start();
    for (let times = 0; times < 5; times += 1) w.refuse('not-json');
    expect([counted.length, w.events]).toEqual([5, ['message-refused']]);
    await w.clock.advance(60_000);
    w.refuse('not-json');
    expect(w.events).toEqual(['message-refused', 'message-refused']);
  });

  it('cuts a revoked device off, takes its document back, and takes nothing of it', async () => {
    await link.start();
    await w.say({ channel: 'status', deviceId: A, payload: {} });
    w.revoke(A);
    await settle();
    await w.say({ channel: 'status', deviceId: A, payload: {} });
    w.change(desired(A, 9));
    await settle();
    expect(w.said).toEqual(['status of device-a', 'cut device-a', 'cleared device-a']);
  });

  it('takes nothing of a device that nobody knows', async () => {
    w.revoked.add(A);
    await link.start();
    await w.say({ channel: 'status', deviceId: A, payload: {} });
    expect([w.said, w.events]).toEqual([['cleared device-a'], ['message-refused']]);
  });

  it('takes back again, whenever a broker comes up, what was kept for a revoked device', async () => {
    w.documents.set('device-b', desired('device-b', 3));
    w.revoked.add(A);
    await link.start();
    await settle();
    expect(w.said).toEqual(['desired device-b 3', 'cleared device-a']);
  });

  it('sends a revoked device no command', async () => {
    w.revoked.add(A);
    await link.start();
    const command = { v: 1 as const, id: 'c', issuedAt: 1, expiresAt: 2, kind: 'report' as const };
    await expect(link.sendCommand({ deviceId: A, command })).rejects.toMatchObject({
      code: 'device-revoked',
    });
  });

  it('handles the messages of one device one after the other', async () => {
    await link.start();
    await Promise.all([
      w.say({ channel: 'status', deviceId: A, payload: {} }),
      w.say(reported(0)),
      w.say(telemetry(A)),
    ]);
    expect(w.said).toEqual(['status of device-a', 'reported of device-a', 'committed', 'ack device-a']);
  });

  it('refuses a command for a device that is not connected', async () => {
    await link.start();
    const command = { v: 1 as const, id: 'c', issuedAt: 1, expiresAt: 2, kind: 'report' as const };
    await link.sendCommand({ deviceId: A, command });
    expect(w.said).toEqual(['command device-a']);
    await expect(link.sendCommand({ deviceId: 'device-b', command })).rejects.toThrow(FlotillaError);
  });

  it('stops after the messages under way were handled', async () => {
    await link.start();
    void w.say(telemetry(A));
    await link.stop();
    expect(w.said).toContain('committed');
    expect(w.said.at(-1)).toBe('ack device-a');
  });
});
