import { PAYLOAD_TYPES, type Desired, type DesiredMessage } from '@flotilla/contracts';
import { canonicalJson } from '@flotilla/kernel';
import { createKeyPair, signDsse, signingKeyOf } from '@flotilla/platform-pki';
import { describe, expect, it } from 'vitest';
import { DesiredIntake } from './desired-intake.ts';

const old = createKeyPair('signing');
const next = createKeyPair('signing');
const setOf = (serial: number, pem: string) => ({
  v: 1 as const,
  serial,
  issuedAt: 0,
  keys: [signingKeyOf(pem)],
});

function message(generation: number, privateKeyPem = old.privateKeyPem): DesiredMessage {
  const desired: Desired = {
    v: 1,
    deviceId: 'box-1',
    generation,
    issuedAt: 0,
    services: [],
    pinned: [],
    policy: {},
  };
  const payload = canonicalJson(desired);
  return {
    v: 1,
    envelope: signDsse({ payloadType: PAYLOAD_TYPES.desired, payload, privateKeysPem: [privateKeyPem] }),
  };
}

function setUp() {
  let held: Desired | undefined;
  let keys = setOf(1, old.publicKeyPem);
  const accepted: number[] = [];
  const ignored: string[] = [];
  const intake = new DesiredIntake({
    deviceId: 'box-1',
    documents: {
      readDesired: async () => held,
      writeDesired: async (desired) => void (held = desired),
    },
    keys: () => keys,
    refreshKeys: async () => {
      keys = setOf(2, next.publicKeyPem);
      return true;
    },
    onAccepted: ({ generation }) => accepted.push(generation),
    onIgnored: ({ reason }) => ignored.push(reason),
  });
  return { intake, accepted, ignored, held: () => held?.generation };
}

describe('DesiredIntake', () => {
  it('lets the generation only rise, in whatever order documents come', async () => {
    const { intake, accepted, ignored, held } = setUp();
    await Promise.all([3, 1, 4, 4, 2, 5].map((generation) => intake.take(message(generation), 'mqtt')));
    expect(accepted).toEqual([3, 4, 5]);
    expect(ignored).toEqual(['stale', 'stale']);
    expect(intake.ignored).toBe(2);
    expect(held()).toBe(5);
  });

  it('asks for newer keys before it refuses a key it does not know', async () => {
    const { intake, accepted } = setUp();
    await intake.take(message(1, next.privateKeyPem), 'gateway');
    expect(accepted).toEqual([1]);
    expect(intake.ignored).toBe(0);
  });
});
