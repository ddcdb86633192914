import type { Desired } from '@flotilla/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextDesired } from './next-desired.ts';
import type { DesiredChange } from './registry.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const service = (name: string, release = A) => ({
  service: name,
  release,
  revision: 1,
  activation: 'go' as const,
});
const next = (current: Desired | undefined, change: DesiredChange) =>
  nextDesired({ deviceId: 'd', current, change, now: 1 });

describe('the next desired document', () => {
  it('begins at generation one', () => {
    expect(next(undefined, { set: [service('assistant')] })).toMatchObject({
      generation: 1,
      deviceId: 'd',
      services: [service('assistant')],
    });
  });

  it('is the same one when nothing would differ', () => {
    const current = next(undefined, { set: [service('assistant')], pin: [B] });
    expect(next(current, { set: [service('assistant')], pin: [B] })).toBe(current);
    expect(next(undefined, { remove: ['assistant'], unpin: [B] })).toBeUndefined();
  });

  it('is a new one when the device must answer again', () => {
    const current = next(undefined, { set: [service('assistant')] });
    expect(next(current, { reissue: true })).toMatchObject({ generation: 2, services: current?.services });
  });

  it('replaces a service by name and keeps the others', () => {
    const current = next(undefined, { set: [service('assistant'), service('reader')] });
    expect(next(current, { set: [service('assistant', B)] })?.services).toEqual([
      service('assistant', B),
      service('reader'),
    ]);
  });

  it('refuses the seventeenth service by name of the device', () => {
    const set = Array.from({ length: 17 }, (_, i) => service(`s${i}`));
    expect(() => next(undefined, { set })).toThrow(expect.objectContaining({ code: 'conflict' }));
  });

  it('rises by exactly one per change and never otherwise', () => {
    const names = fc.constantFrom('a', 'b', 'c');
    const changes = fc.array(
      fc.record(
        {
          set: fc.array(
            fc.tuple(names, fc.constantFrom(A, B)).map(([n, r]) => service(n, r)),
            { maxLength: 2 },
          ),
          remove: fc.array(names, { maxLength: 2 }),
          pin: fc.array(fc.constantFrom(A, B), { maxLength: 2 }),
          unpin: fc.array(fc.constantFrom(A, B), { maxLength: 2 }),
        },
        { requiredKeys: [] },
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(changes, (list) => {
        let current: Desired | undefined;
        for (const change of list) {
          const after = next(current, change);
          if (after !== current) expect(after?.generation).toBe((current?.generation ?? 0) + 1);
          current = after;
        }
      }),
    );
  });
});
