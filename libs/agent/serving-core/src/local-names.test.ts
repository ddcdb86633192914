import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusedLocalName, settleLocalNames } from './local-names.ts';

const NAMES = ['assistant', 'mine', 'mine:7b', 'harbor-1m-q8_0', 'other'];

describe('the names of local models', () => {
  it('are refused where they are the fleet’s, with the field and the reason', () => {
    const fleet = new Set(['assistant']);
    expect(refusedLocalName('mine', { field: 'model', fleet })).toBeUndefined();
    expect(refusedLocalName('assistant', { field: 'destination', fleet })).toMatchObject({
      code: 'conflict',
      details: { field: 'destination', about: 'assistant' },
    });
  });

  it('are given up when the fleet takes them, and had back when it lets them go', () => {
    const models = ['mine', 'other'];
    const taken = settleLocalNames({ models, shown: new Set(models), fleet: new Set(['mine']) });
    expect(taken).toEqual({ hide: ['mine'], show: [] });
    expect(settleLocalNames({ models, shown: new Set(['other']), fleet: new Set() })).toEqual({
      hide: [],
      show: ['mine'],
    });
  });

  it('are never the fleet’s and a local model’s at once, whatever changes', () => {
    const some = fc.uniqueArray(fc.constantFrom(...NAMES));
    fc.assert(
      fc.property(some, some, some, (models, before, fleetNames) => {
        const fleet = new Set(fleetNames);
        const shown = new Set(before.filter((name) => models.includes(name)));
        const { hide, show } = settleLocalNames({ models, shown, fleet });
        for (const name of hide) shown.delete(name);
        for (const name of show) shown.add(name);
        expect([...shown].sort()).toEqual(models.filter((name) => !fleet.has(name)).sort());
        expect(settleLocalNames({ models, shown, fleet })).toEqual({ hide: [], show: [] });
      }),
    );
  });
});
