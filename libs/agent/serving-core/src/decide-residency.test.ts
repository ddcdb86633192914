import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideResidency, fitsBeside, type MemoryRoom, type Resident } from './decide-residency.ts';

const MB = 1_000_000;

/** `a 300 loaded busy keep 5`, `b 300 loaded yields`, `side 100 asleep of a` */
function resident(text: string): Resident {
  const [id = '', megabytes = '0', state = 'loaded', ...words] = text.split(' ');
  return {
    id,
    needBytes: Number(megabytes) * MB,
    state: state as Resident['state'],
    busy: words.includes('busy'),
    keepLoaded: words.includes('keep'),
    yields: words.includes('yields'),
    lastUsedAt: Number(words.find((word) => /^\d+$/.test(word)) ?? 0),
    ...(words.includes('of') ? { within: words.at(-1) } : {}),
  };
}

function decide(wanted: string, residents: readonly string[], room: MemoryRoom): string {
  const decision = decideResidency({ wanted: resident(wanted), residents: residents.map(resident), room });
  switch (decision.kind) {
    case 'enter':
      return 'enter';
    case 'unload':
      return `unload ${decision.id}`;
    case 'wait':
      return [
        `wait for ${decision.hold.join('+') || 'what leaves'}`,
        ...decision.end.map((id) => `end ${id}`),
      ].join(', ');
    case 'refuse':
      return `refuse by ${decision.limit}`;
  }
}

describe('decideResidency', () => {
  const cap = { capBytes: 500 * MB };
  it.each([
    ['enters where there is room', 'b 200', ['a 300 loaded'], cap, 'enter'],
    ['enters without any bound', 'b 9000', ['a 9000 loaded busy'], {}, 'enter'],
    ['does not count what sleeps', 'b 400', ['a 300 asleep'], cap, 'enter'],
    ['does not count itself twice', 'b 400', ['b 400 asleep', 'a 100 loaded'], cap, 'enter'],
    ['unloads what is idle', 'b 300', ['a 300 loaded'], cap, 'unload a'],
    [
      'unloads the least recently used first',
      'b 300',
      ['a 100 loaded 9', 'c 200 loaded 3', 'd 200 loaded 5'],
      cap,
      'unload c',
    ],
    ['never unloads what is busy', 'b 300', ['a 300 loaded busy'], cap, 'wait for a'],
    [
      'unloads nobody where that would not be enough',
      'b 400',
      ['a 100 loaded', 'c 300 loaded busy'],
      cap,
      'wait for a+c',
    ],
    [
      'unloads what gives way before what was used longer ago',
      'b 300',
      ['a 300 loaded 1', 'c 200 loaded yields 9'],
      cap,
      'unload c',
    ],
    ['unloads an idle one for one that gives way', 'b 300 asleep yields', ['a 300 loaded'], cap, 'unload a'],
    [
      'holds nobody back for one that gives way',
      'b 300 asleep yields',
      ['a 200 loaded busy', 'c 100 loaded busy yields'],
      cap,
      'wait for c',
    ],
    [
      'ends what gives way where that alone makes room',
      'b 300',
      ['a 100 loaded', 'c 300 loaded busy yields'],
      cap,
      'wait for a+c, end c',
    ],
    [
      'ends nothing where a busy one that stays is in the way too',
      'b 400',
      ['a 200 loaded busy', 'c 200 loaded busy yields'],
      cap,
      'wait for a+c',
    ],
    ['waits for what leaves', 'b 300', ['a 300 leaving'], cap, 'wait for what leaves'],
    ['waits for what loads', 'b 300', ['a 300 loading busy'], cap, 'wait for a'],
    ['refuses what could never fit', 'b 600', ['a 300 loaded'], cap, 'refuse by cap'],
    [
      'refuses what could only fit in place of one that stays',
      'b 300',
      ['a 300 loaded keep'],
      cap,
      'refuse by cap',
    ],
    ['looks at what is free now', 'b 300', [], { ...cap, availableBytes: 200 * MB }, 'refuse by available'],
    [
      'takes what another gives back for what is not free now',
      'b 200',
      ['a 250 loaded'],
      { ...cap, availableBytes: 100 * MB },
      'unload a',
    ],
    [
      'counts what loads as not taken yet',
      'b 200',
      ['a 100 loading busy keep'],
      { availableBytes: 250 * MB },
      'refuse by available',
    ],
    [
      'unloads what belongs to a model before any model',
      'b 200',
      ['a 300 loaded 1', 's 100 loaded 2 of a'],
      cap,
      'unload s',
    ],
    ['never unloads the one it belongs to', 's 300 asleep of a', ['a 300 loaded'], cap, 'refuse by cap'],
    [
      'unloads others for what belongs to one',
      's 100 asleep of a',
      ['a 300 loaded busy', 'c 200 loaded'],
      cap,
      'unload c',
    ],
    [
      'waits for nobody who is busy with what belongs to one',
      's 100 asleep of a',
      ['a 300 loaded busy', 'c 200 loaded busy'],
      cap,
      'refuse by cap',
    ],
  ] as const)('%s', (_, wanted, residents, room, expected) => {
    expect(decide(wanted, residents, room)).toBe(expected);
  });

  const anyResident = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    needBytes: fc.integer({ min: 0, max: 400 }),
    state: fc.constantFrom<Resident['state']>('asleep', 'loaded'),
    busy: fc.boolean(),
    keepLoaded: fc.boolean(),
    lastUsedAt: fc.nat(100),
  });

  it('followed to its end never passes the cap, and never unloads what is busy or stays', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anyResident, { selector: ({ id }) => id, maxLength: 6 }),
        fc.integer({ min: 1, max: 600 }),
        fc.integer({ min: 1, max: 1_000 }),
        (residents, needBytes, capBytes) => {
          const wanted = { id: 'wanted', needBytes };
          const now = residents.map((one) => ({ ...one }));
          for (let turn = 0; turn <= residents.length; turn += 1) {
            const decision = decideResidency({ wanted, residents: now, room: { capBytes } });
            if (decision.kind === 'unload') {
              const left = now.find(({ id }) => id === decision.id);
              expect(left).toMatchObject({ busy: false, keepLoaded: false, state: 'loaded' });
              if (left) left.state = 'asleep';
              continue;
            }
            const loaded = now.filter(({ state }) => state === 'loaded');
            const sum = loaded.reduce((bytes, one) => bytes + one.needBytes, 0);
            if (decision.kind === 'enter') expect(sum + needBytes).toBeLessThanOrEqual(capBytes);
            else expect(sum + needBytes).toBeGreaterThan(capBytes);
            return;
          }
          expect.fail('it never ended');
        },
      ),
    );
  });
});

describe('fitsBeside', () => {
  const cap = { capBytes: 500 * MB };
  it.each([
    ['where there is room', 'b 200', ['a 300 loaded'], cap, true],
    ['not in place of one that is idle', 'b 300', ['a 300 loaded'], cap, false],
    ['in place of one that gives way', 'b 300', ['a 300 loaded yields'], cap, true],
    ['not while that is busy', 'b 300', ['a 300 loaded yields busy'], cap, false],
    ['not where both give way', 'b 300 asleep yields', ['a 300 loaded yields'], cap, false],
    [
      'with the memory that is given back',
      'b 300',
      ['a 300 loaded yields'],
      { availableBytes: 50 * MB },
      true,
    ],
  ] as const)('%s', (_, wanted, residents, room, expected) => {
    expect(fitsBeside({ wanted: resident(wanted), residents: residents.map(resident), room })).toBe(expected);
  });
});
