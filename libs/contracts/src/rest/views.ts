import { z } from 'zod';
import { AgentInfo, DeviceFacts } from '../device.ts';
import { Problem } from '../errors.ts';
import { Histogram } from '../histogram.ts';
import { Labels } from '../labels.ts';
import { Release, SignedRelease } from '../release.ts';
import { BoxUrl, ReportedService } from '../reported.ts';
import {
  Bytes,
  Count,
  Currency,
  DeviceId,
  Id,
  Money,
  ServiceName,
  Sha256,
  Share,
  TimeMs,
} from '../scalars.ts';

/*
 * What the people's API answers. `/v1` paths are listed in docs/reference/openapi.json.
 */

export const ROLES = ['viewer', 'operator', 'admin'] as const;
export const Role = z.enum(ROLES).meta({ id: 'Role' });
export type Role = z.infer<typeof Role>;

/**
 * How a device stands, in one word.
 * `ready` online and every desired service serves · `changing` a change is under way · `blocked` something must change first ·
 * `failed` a desired release failed, the last good one serves · `idle` online, nothing desired · `offline` not heard from.
 */
export const DEVICE_STATES = ['ready', 'changing', 'blocked', 'failed', 'idle', 'offline'] as const;
export const DeviceState = z.enum(DEVICE_STATES).meta({ id: 'DeviceState' });
export type DeviceState = z.infer<typeof DeviceState>;

export const DeviceSummary = z
  .object({
    id: DeviceId,
    name: z.string().max(253),
    state: DeviceState,
    labels: Labels,
    online: z.boolean(),
    lastSeenAt: TimeMs.optional(),
    joinedAt: TimeMs,
    agentVersion: z.string().optional(),
    hardware: z.string().max(256).describe('One line: cores, memory, GPU.'),
    services: z.array(
      z.object({
        service: ServiceName,
        state: z.string(),
        revision: z.int().optional(),
        variant: z.string().optional(),
        problem: Problem.optional(),
      }),
    ),
    generation: z.object({ desired: z.int().min(0), reported: z.int().min(0) }),
  })
  .meta({ id: 'DeviceSummary' });
export type DeviceSummary = z.infer<typeof DeviceSummary>;

/** One readable line of desired against reported. */
export const Difference = z
  .object({
    service: ServiceName,
    desired: z.string().max(256).optional(),
    reported: z.string().max(256).optional(),
    reached: z.boolean(),
    explanation: z.string().max(1_024),
  })
  .meta({ id: 'Difference' });
export type Difference = z.infer<typeof Difference>;

export const DeviceDetail = DeviceSummary.extend({
  facts: DeviceFacts.optional(),
  agent: AgentInfo.optional(),
  reportedAt: TimeMs.optional(),
  clockOffsetMs: z.int().optional().describe('Device clock minus ours.'),
  boxUrl: BoxUrl.optional().describe("The box's own API as apps on the box reach it."),
  reported: z.array(ReportedService),
  difference: z.array(Difference),
  certificate: z.object({ notAfter: TimeMs, serial: z.string() }).optional(),
}).meta({ id: 'DeviceDetail' });
export type DeviceDetail = z.infer<typeof DeviceDetail>;

export const UsageTotals = z
  .object({
    requests: Count,
    errors: Count,
    tokensIn: Count,
    tokensOut: Count,
    busyMs: z.number().min(0),
    ttftMs: Histogram,
    tokensPerSecond: Histogram,
    joulesMeasured: z
      .number()
      .min(0)
      .describe(
        'Of whole boxes, idle time included, as cost counts it; of one service: what its requests took.',
      ),
    joulesModelled: z.number().min(0).describe('Likewise, where a box can only estimate.'),
  })
  .meta({ id: 'UsageTotals' });
export type UsageTotals = z.infer<typeof UsageTotals>;

/** A part of the cost with how its number came about. */
export const CostPart = z.object({ amount: Money, basis: z.enum(['measured', 'modelled']) });
export type CostPart = z.infer<typeof CostPart>;

/** What a cost report has one line for. */
export const CostBy = z.enum(['device', 'service', 'model', 'variant']);
export type CostBy = z.infer<typeof CostBy>;

export const CostLine = z
  .object({
    key: z.string().max(256).describe('The device, service, model or variant the line is about.'),
    label: z.string().max(256),
    tokensIn: Count,
    tokensOut: Count,
    requests: Count,
    joules: z
      .object({ measured: z.number().min(0), modelled: z.number().min(0) })
      .describe(
        'Of whole boxes, idle time included; by service, model or variant: what their requests took.',
      ),
    energy: CostPart,
    hardware: CostPart,
    total: CostPart,
    perMillionTokens: CostPart.optional().describe(
      'Total over tokens in and out; absent when there were none.',
    ),
  })
  .meta({ id: 'CostLine' });
export type CostLine = z.infer<typeof CostLine>;

export const CostReport = z
  .object({
    from: TimeMs,
    to: TimeMs,
    by: CostBy,
    currency: Currency,
    lines: z.array(CostLine),
    total: CostLine,
    missing: z
      .array(z.enum(['tariff', 'hardware-price']))
      .default([])
      .describe('Prices that are not known for a part of the range; that part counts as zero.'),
  })
  .meta({ id: 'CostReport' });
export type CostReport = z.infer<typeof CostReport>;

/** Price of a kilowatt-hour from a date on. Adding one never rewrites what was accounted before that date. */
export const Tariff = z
  .object({
    id: Id,
    validFrom: TimeMs,
    perKwh: Money,
    site: z.string().max(63).optional().describe('Only devices with this site label.'),
  })
  .meta({ id: 'Tariff' });
export type Tariff = z.infer<typeof Tariff>;

/** What a device cost and how long it is meant to live; straight-line. From a date on. */
export const HardwarePrice = z
  .object({
    id: Id,
    validFrom: TimeMs,
    deviceId: DeviceId.optional().describe('Absent: every device without a price of its own.'),
    price: Money,
    lifeMonths: z.int().min(1).max(240),
  })
  .meta({ id: 'HardwarePrice' });
export type HardwarePrice = z.infer<typeof HardwarePrice>;

/** One point of a chart. */
export const SeriesPoint = z
  .object({
    at: TimeMs.describe('Start of the interval.'),
    requests: Count,
    errors: Count,
    tokensIn: Count,
    tokensOut: Count,
    cpuShare: Share.optional(),
    memoryUsedBytes: Bytes.optional(),
    memoryTotalBytes: Bytes.optional(),
    temperatureC: z.number().optional(),
    joules: z
      .number()
      .min(0)
      .describe('Of the whole box, idle time included; of one service: of its requests.'),
    energyBasis: z
      .enum(['measured', 'modelled'])
      .optional()
      .describe('`modelled` when any part of `joules` is; absent when there are none.'),
    ttftP50Ms: z.number().optional(),
    tokensPerSecondP50: z.number().optional(),
  })
  .meta({ id: 'SeriesPoint' });
export type SeriesPoint = z.infer<typeof SeriesPoint>;

export const Series = z
  .object({ from: TimeMs, to: TimeMs, stepMs: z.int().min(1), points: z.array(SeriesPoint) })
  .meta({ id: 'Series' });
export type Series = z.infer<typeof Series>;

export const FleetOverview = z
  .object({
    at: TimeMs,
    devices: z.record(DeviceState, Count),
    models: Count,
    releases: Count,
    rolloutsRunning: Count,
    lastDay: UsageTotals,
    cost: CostLine,
    currency: Currency,
  })
  .meta({ id: 'FleetOverview' });
export type FleetOverview = z.infer<typeof FleetOverview>;

/** Something that happened, as the console shows it live. `id` rises by one; gaps mean: reload. */
export const FleetEvent = z
  .object({
    id: z.int().min(1),
    at: TimeMs,
    kind: z.enum([
      'device-joined',
      'device-online',
      'device-offline',
      'device-reported',
      'device-changed',
      'telemetry-ingested',
      'model-imported',
      'release-created',
      'rollout-changed',
      'message-refused',
    ]),
    deviceId: DeviceId.optional(),
    rolloutId: Id.optional(),
    text: z.string().max(512).describe('One sentence for people.'),
  })
  .meta({ id: 'FleetEvent' });
export type FleetEvent = z.infer<typeof FleetEvent>;

export const ReleaseView = z
  .object({
    digest: Sha256,
    release: Release,
    signed: SignedRelease.optional(),
    createdBy: z.string().max(128),
  })
  .meta({ id: 'ReleaseView' });
export type ReleaseView = z.infer<typeof ReleaseView>;

export const JoinTokenView = z
  .object({
    id: Id,
    createdAt: TimeMs,
    createdBy: z.string().max(128),
    expiresAt: TimeMs,
    uses: Count,
    maxUses: z.int().min(1),
    labels: Labels,
  })
  .meta({ id: 'JoinTokenView' });
export type JoinTokenView = z.infer<typeof JoinTokenView>;

/** A page of a list. `next` is the cursor of the following one; absent on the last. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().optional() });
}
