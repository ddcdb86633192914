/** Models on the device: pulling, storing, verifying, and choosing the one that fits. */
export {
  createGatewayClient,
  type GatewayClientOptions,
  type GatewayCredentials,
  type TlsGatewayClient,
} from './gateway/create-gateway-client.ts';
export type { GatewayClient } from './gateway/gateway.ts';
export { checkGgufFile } from './gguf/check-gguf-file.ts';
export { inspectPatiently } from './inspect/inspect-patiently.ts';
export { inspectEngine, inspectModel } from './inspect/inspect-model.ts';
export type {
  EngineDevices,
  Estimate,
  Inspection,
  InspectModel,
  InspectOptions,
} from './inspect/inspection.ts';
export { createModelStore, type ModelStoreOptions } from './store/create-model-store.ts';
export type { ModelStore, PartialBlob } from './store/model-store.ts';
export {
  createUploadedBlobs,
  type UploadedBlob,
  type UploadedBlobs,
  type UploadedBlobsOptions,
} from './store/uploaded-blobs.ts';
export { pullHeader, pullModel, type PullModel, type PullOptions } from './pull.ts';
export type { PullProgress } from './pull-meter.ts';
export { createMeasurementsFile } from './resolve/measurements-file.ts';
export type { Measurement, Measurements } from './resolve/measurements.ts';
export { resolveVariant } from './resolve/resolve-variant.ts';
export type {
  ResolvedVariant,
  ResolveVariant,
  ResolveVariantOptions,
  ResolveVariantResult,
} from './resolve/resolved-variant.ts';
