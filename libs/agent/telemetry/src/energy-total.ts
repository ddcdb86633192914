import type { Energy } from '@flotilla/contracts';
import type { EnergyMeter } from './energy-meter.ts';

export interface EnergyTotal {
  /** The meter that counts what it measures. */
  readonly meter: EnergyMeter;
  /** What was drawn since the start; undefined before the first interval has ended. */
  readonly total: Energy | undefined;
}

/** Counts what a meter measures, for the person at the box. A total of mixed methods is called modelled: it is an estimate. */
export function createEnergyTotal(meter: EnergyMeter): EnergyTotal {
  let total: Energy | undefined;
  return {
    meter: {
      measure(interval) {
        const measured = meter.measure(interval);
        const isMixed = total !== undefined && total.method !== measured.method;
        total = {
          joules: (total?.joules ?? 0) + measured.joules,
          method: isMixed ? 'modelled' : measured.method,
        };
        return measured;
      },
    },
    get total() {
      return total;
    },
  };
}
