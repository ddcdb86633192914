/** What the machine is: facts for the fleet and health for telemetry. */
export type { ControlGroupLimits, Essentials, HardwareProbes, MemoryReading } from './hardware-probes.ts';
