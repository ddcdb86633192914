/** Telemetry that is never lost or counted twice, charts, and cost in integer money. */
export type { CostRequest, Telemetry, TimeRange } from './telemetry.ts';
