import type { Energy } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { createEnergyTotal } from './energy-total.ts';

const totalOf = (...readings: Energy[]) => {
  const left = [...readings];
  const energy = createEnergyTotal({ measure: () => left.shift() ?? { joules: 0, method: 'modelled' } });
  const measured = readings.map(() => energy.meter.measure({ intervalMs: 1_000 }));
  expect(measured).toEqual(readings);
  return energy.total;
};

describe('the energy since the start', () => {
  it('is not known before the first interval has ended', () => {
    expect(totalOf()).toBeUndefined();
  });

  it('is the sum of what was measured, under its method', () => {
    expect(totalOf({ joules: 4, method: 'rapl' }, { joules: 5, method: 'rapl' })).toEqual({
      joules: 9,
      method: 'rapl',
    });
  });

  it('is an estimate once a part of it is', () => {
    expect(totalOf({ joules: 4, method: 'rapl' }, { joules: 5, method: 'modelled' })?.method).toBe(
      'modelled',
    );
  });
});
