/** What the machine is: facts for the fleet and health for telemetry. */
export { createProbes, type ProbeOptions } from './create-probes.ts';
export { detectHardware } from './detect-hardware.ts';
export type { ControlGroupLimits, Essentials, HardwareProbes, MemoryReading } from './hardware-probes.ts';
export { createHealthSampler, type CpuTimes, type HealthSampler } from './health/create-health-sampler.ts';
export type { EngineGpu } from './probes/merge-gpus.ts';
