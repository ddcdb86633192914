/** Every table, as both engines have it: text ids, integer milliseconds, JSON as text, 0 and 1 for booleans. */
export interface Database {
  join_tokens: JoinTokens;
  devices: Devices;
  device_labels: { device_id: string; key: string; value: string };
  device_reports: { device_id: string; report: string | null; facts: string | null; agent: string | null };
  device_certificates: { device_id: string; serial: string; not_after: number };
  device_desired: { device_id: string; generation: number; document: string };
  events: Events;
  event_counter: { id: number; last: number };
  access_tokens: AccessTokensTable;
  access_grants: { secret_hash: string; kind: string; token_id: string; expires_at: number };
  models: Models;
  variants: Variants;
  adapters: Adapters;
  releases: ReleasesTable;
  rollouts: RolloutsTable;
  rollout_devices: RolloutDevices;
  rollout_decisions: RolloutDecisions;
  telemetry_senders: { device_id: string; batches: number };
  telemetry_epochs: { device_id: string; epoch: string; up_to: number };
  telemetry_gaps: { device_id: string; epoch: string; first: number; last: number };
  telemetry_rows: TelemetryRows;
  telemetry_devices: TelemetryDevices;
  telemetry_services: TelemetryServices;
  tariffs: { id: string; valid_from: number; micro: number; currency: string; site: string | null };
  hardware_prices: HardwarePrices;
}

interface JoinTokens {
  id: string;
  secret_hash: string;
  created_at: number;
  created_by: string;
  expires_at: number;
  uses: number;
  max_uses: number;
  labels: string;
  revoked_at: number | null;
}

export interface Devices {
  id: string;
  name: string;
  labels: string;
  joined_at: number;
  join_token_id: string;
  key_fingerprint: string;
  revoked_at: number | null;
  online: number;
  session: string | null;
  last_seen_at: number | null;
  silent_at: number;
  clock_offset_ms: number | null;
  policy: string;
  settled: string;
  hw_os: string | null;
  hw_arch: string | null;
  hw_gpu: string;
  /** Rises with every report that was taken. */
  reports: number;
  reported_at: number | null;
  certificate_serial: string | null;
  certificate_not_after: number | null;
}

interface Events {
  id: number;
  at: number;
  kind: string;
  device_id: string | null;
  rollout_id: string | null;
  text: string;
}

interface AccessTokensTable {
  id: string;
  name: string;
  role: string;
  token_hash: string;
  created_at: number;
  expires_at: number | null;
}

interface Models {
  id: string;
  title: string;
  description: string;
  licence: string;
  origin: string;
  created_at: number;
}

export interface Variants {
  name: string;
  digest: string;
  model_id: string;
  quantization: string;
  bytes: number;
  manifest_digest: string;
  facts: string;
}

export interface Adapters {
  name: string;
  digest: string;
  model_id: string;
  bytes: number;
  manifest_digest: string;
  facts: string;
}

export interface ReleasesTable {
  digest: string;
  service: string;
  revision: number;
  created_at: number;
  created_by: string;
  release: string;
  signed: string;
}

export interface RolloutsTable {
  id: string;
  service: string;
  release: string;
  revision: number;
  selector: string;
  state: string;
  gate: string;
  batches: string;
  created_at: number;
  created_by: string;
  started_at: number | null;
  ended_at: number | null;
  why: string | null;
  version: number;
  /** 1 once it is over and every device was told. */
  settled: number;
}

export interface RolloutDevices {
  rollout_id: string;
  device_id: string;
  service: string;
  /** The service while the rollout may still change this device; with the device id it is unique. */
  active_service: string | null;
  batch: number;
  position: string;
  state: string;
  wanted: string;
  applied: string;
  generation: number;
  previous_release: string | null;
  previous_revision: number | null;
  phase: string | null;
  done_bytes: number | null;
  total_bytes: number | null;
  variant: string | null;
  failure: string | null;
  problem: string | null;
  progress_at: number;
  updated_at: number | null;
  /** The report that was looked at last. */
  observed: number;
}

interface RolloutDecisions {
  rollout_id: string;
  number: number;
  at: number;
  decision: string;
  why: string;
  inputs: string;
}

interface TelemetryRows {
  device_id: string;
  epoch: string;
  sequence: number;
  start_at: number;
  dropped: number;
  document: string;
  /** When the device says it sent the message that brought the row first. */
  sent_at: number | null;
}

export interface TelemetryDevices {
  device_id: string;
  site: string;
  bucket: number;
  row_count: number;
  interval_ms: number;
  cpu_busy_ms: number;
  cpu_known_ms: number;
  memory_used_bytes: number | null;
  memory_total_bytes: number | null;
  temperature_c: number | null;
  dropped: number;
  measured_mj: number;
  modelled_mj: number;
}

export interface TelemetryServices {
  device_id: string;
  site: string;
  bucket: number;
  service: string;
  release: string;
  variant: string;
  variant_name: string;
  requests: number;
  errors: number;
  tokens_in: number;
  tokens_out: number;
  tokens_cached: number;
  busy_ms: number;
  measured_mj: number;
  modelled_mj: number;
  ttft_ms: string;
  tokens_per_second: string;
}

interface HardwarePrices {
  id: string;
  valid_from: number;
  device_id: string | null;
  micro: number;
  currency: string;
  life_months: number;
}
