/** Models on the device: pulling, storing, verifying, and choosing the one that fits. */
export type { GatewayClient } from './gateway/gateway.ts';
export type {
  EngineDevices,
  Estimate,
  Inspection,
  InspectModel,
  InspectOptions,
} from './inspect/inspection.ts';
export type { ModelStore, PartialBlob } from './store/model-store.ts';
export type { PullModel, PullOptions, PullProgress } from './pull.ts';
export type { Measurement, Measurements } from './resolve/measurements.ts';
export type {
  ResolvedVariant,
  ResolveVariant,
  ResolveVariantOptions,
  ResolveVariantResult,
} from './resolve/resolved-variant.ts';
