/** Health and usage of the box, kept on its disk until the control plane has them. */
export {
  createModelledEnergyMeter,
  guessTdpWatts,
  type EnergyMeter,
  type ModelledEnergyOptions,
} from './energy-meter.ts';
export { createEnergyTotal, type EnergyTotal } from './energy-total.ts';
export { UsageAccumulator, splitEnergy, type RequestUsage } from './usage-accumulator.ts';
export { Spool, type NewRow, type SpoolBatch, type SpoolOptions } from './spool.ts';
export { Recorder, type RecorderOptions } from './recorder.ts';
export { Sender, type SenderOptions } from './sender.ts';
