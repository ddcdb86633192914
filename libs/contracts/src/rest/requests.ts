import { z } from 'zod';
import { DevicePolicy } from '../desired.ts';
import { Labels, LabelValue } from '../labels.ts';
import { BatchSpec, Gate } from '../rollout.ts';
import { CatalogueName, DeviceId, PlainText, Price, Sha256, TimeMs } from '../scalars.ts';
import { Role } from './views.ts';

/* What people send. Strict: an unknown field is refused by name. */

export const SignInRequest = z
  .strictObject({ token: z.string().min(1).max(256) })
  .meta({ id: 'SignInRequest' });
export type SignInRequest = z.infer<typeof SignInRequest>;

export const CreateJoinTokenRequest = z
  .strictObject({
    maxUses: z.int().min(1).max(100_000).default(1),
    expiresInMs: z.int().min(60_000).max(31_536_000_000).default(86_400_000),
    labels: Labels.default({}),
  })
  .meta({ id: 'CreateJoinTokenRequest' });
export type CreateJoinTokenRequest = z.infer<typeof CreateJoinTokenRequest>;

export const UpdateDeviceRequest = z
  .strictObject({
    name: PlainText(253).min(1).optional(),
    labels: Labels.optional().describe('Replaces all labels.'),
    policy: z.strictObject(DevicePolicy.shape).optional(),
  })
  .meta({ id: 'UpdateDeviceRequest' });
export type UpdateDeviceRequest = z.infer<typeof UpdateDeviceRequest>;

/** `release` names one as `assistant@3` or by digest. */
export const CreateRolloutRequest = z
  .strictObject({
    release: z.string().min(1).max(128),
    selector: z.string().min(1).max(1_024),
    batches: z
      .array(BatchSpec)
      .max(20)
      .default([])
      .describe('Sizes of the first batches; what remains is the last one. Empty: one batch.'),
    gate: z.strictObject(Gate.shape).prefault({}),
  })
  .meta({ id: 'CreateRolloutRequest' });
export type CreateRolloutRequest = z.infer<typeof CreateRolloutRequest>;

export const PlanRequest = z
  .strictObject({ release: z.string().min(1).max(128), selector: z.string().min(1).max(1_024) })
  .meta({ id: 'PlanRequest' });
export type PlanRequest = z.infer<typeof PlanRequest>;

/**
 * Metadata of an import; the file itself is the request body of `PUT /v1/imports/{id}/file`. The file becomes a variant
 * of the model or an adapter for it, by which of the two names is given.
 */
export const ImportModelRequest = z
  .strictObject({
    modelId: CatalogueName,
    variant: CatalogueName.optional(),
    adapter: CatalogueName.optional(),
    title: PlainText(256).min(1).optional().describe('Of the model, where the import makes it.'),
    licence: PlainText(128).optional(),
    sha256: Sha256.optional().describe('Refused when the bytes are others.'),
  })
  .refine(({ variant, adapter }) => (variant === undefined) !== (adapter === undefined), {
    path: ['variant'],
    message: 'give either the name of a variant or that of an adapter',
  })
  .refine(({ adapter, title }) => adapter === undefined || title === undefined, {
    path: ['title'],
    message: 'is that of a model: an adapter has none',
  })
  .meta({ id: 'ImportModelRequest' });
export type ImportModelRequest = z.infer<typeof ImportModelRequest>;

export const CreateTariffRequest = z
  .strictObject({
    validFrom: TimeMs,
    perKwh: z.strictObject(Price.shape),
    site: LabelValue.optional(),
  })
  .meta({ id: 'CreateTariffRequest' });
export type CreateTariffRequest = z.infer<typeof CreateTariffRequest>;

export const CreateHardwarePriceRequest = z
  .strictObject({
    validFrom: TimeMs,
    deviceId: DeviceId.optional(),
    price: z.strictObject(Price.shape),
    lifeMonths: z.int().min(1).max(240),
  })
  .meta({ id: 'CreateHardwarePriceRequest' });
export type CreateHardwarePriceRequest = z.infer<typeof CreateHardwarePriceRequest>;

export const CreateAccessTokenRequest = z
  .strictObject({
    name: PlainText(128).min(1),
    role: Role,
    expiresInMs: z
      .int()
      .min(60_000)
      .max(315_576_000_000)
      .optional()
      .describe('At most ten years. Default: until it is revoked.'),
  })
  .meta({ id: 'CreateAccessTokenRequest' });
export type CreateAccessTokenRequest = z.infer<typeof CreateAccessTokenRequest>;
