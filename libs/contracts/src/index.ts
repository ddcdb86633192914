/** Words both sides share: schemas with their types, the channel table, the codes of refusals. zod only. */
export {
  PROBLEMS,
  PROBLEM_CODES,
  Problem,
  FlotillaError,
  isFlotillaError,
  toFlotillaError,
  type ProblemCode,
  type ProblemDetails,
} from './errors.ts';
export { openEnum } from './open-enum.ts';
export {
  Id,
  DeviceId,
  CatalogueName,
  ServiceName,
  LOCAL_SERVICE,
  Sha256,
  TimeMs,
  DurationMs,
  Bytes,
  Count,
  Share,
  Currency,
  Money,
  Price,
  PlainText,
  SaidText,
} from './scalars.ts';
export { LIMITS } from './limits.ts';
export { LabelKey, LabelValue, Labels } from './labels.ts';
export {
  parseSelector,
  formatSelector,
  matchesSelector,
  gpuBackend,
  type Requirement,
  type Selector,
  type SelectorParse,
  type Selectable,
} from './selector.ts';
export {
  CpuFacts,
  MemoryFacts,
  GpuFacts,
  DeviceFacts,
  CAPABILITIES,
  AgentInfo,
  type Capability,
} from './device.ts';
export { GgufFacts, Variant, AdapterFacts, Adapter, Model, Manifest } from './model.ts';
export { DsseEnvelope, PAYLOAD_TYPES, SigningKey, KeySet } from './dsse.ts';
export {
  Intent,
  Sampling,
  ChatMessage,
  GoldenPrompt,
  Candidate,
  CandidateAdapter,
  Release,
  ReleaseAdapter,
  SignedRelease,
  ReleaseSpec,
  releaseName,
  requiredCapabilities,
} from './release.ts';
export { DesiredService, DevicePolicy, Desired, DesiredMessage } from './desired.ts';
export {
  PHASES,
  Phase,
  SERVICE_STATES,
  ServiceState,
  MemoryNeed,
  CandidateVerdict,
  Resolution,
  ReportedService,
  Degradation,
  DEGRADE_RUNGS,
  isServing,
  Reported,
} from './reported.ts';
export {
  BUCKETS_PER_DOUBLING,
  FIRST_BUCKET,
  LAST_BUCKET,
  Histogram,
  emptyHistogram,
  bucketFloor,
  bucketOf,
  observe,
  mergeHistograms,
  quantile,
} from './histogram.ts';
export {
  EnergyMethod,
  Energy,
  HealthSample,
  ServiceUsage,
  TelemetryRow,
  TelemetryBatch,
  TelemetryAck,
} from './telemetry.ts';
export { Command, CommandResult, DeviceStatus } from './command.ts';
export {
  GATEWAY_PATHS,
  JoinRequest,
  JoinResponse,
  RenewRequest,
  RenewResponse,
  KeyDocuments,
} from './gateway.ts';
export {
  ROLLOUT_STATES,
  RolloutState,
  BATCH_STATES,
  BatchState,
  FAILURE_CLASSES,
  FailureClass,
  Gate,
  BatchSpec,
  DeviceProgress,
  Batch,
  Rollout,
  RolloutDecision,
  PlanLine,
} from './rollout.ts';
export {
  CHANNELS,
  topicFor,
  filterFor,
  parseTopic,
  mayPublish,
  maySubscribe,
  type Channel,
  type ChannelName,
  type PayloadOf,
  type PayloadInput,
  type Principal,
} from './mqtt/channels.ts';
export { mosquittoAcl } from './mqtt/mosquitto-acl.ts';
export { mqttReferencePage } from './mqtt/reference-page.ts';
export {
  ROLES,
  Role,
  DEVICE_STATES,
  DeviceState,
  DeviceSummary,
  Difference,
  DeviceDetail,
  UsageTotals,
  CostBy,
  CostPart,
  CostLine,
  CostReport,
  Tariff,
  HardwarePrice,
  SeriesPoint,
  Series,
  FleetOverview,
  FleetEvent,
  ReleaseView,
  JoinTokenView,
  pageOf,
} from './rest/views.ts';
export {
  SignInRequest,
  CreateJoinTokenRequest,
  UpdateDeviceRequest,
  CreateRolloutRequest,
  PlanRequest,
  ImportModelRequest,
  CreateTariffRequest,
  CreateHardwarePriceRequest,
  CreateAccessTokenRequest,
} from './rest/requests.ts';
export { HttpProblem } from './rest/problem.ts';
