import { z } from 'zod';

/** Lower-case text that is valid as certificate common name, MQTT topic level and path segment. */
export const Id = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    'must be 1 to 63 lower-case letters, digits or inner dashes',
  )
  .meta({ id: 'Id' });
export type Id = z.infer<typeof Id>;

export const DeviceId = Id.meta({
  id: 'DeviceId',
  description: 'A UUIDv7 made at join; the certificate common name.',
});
export type DeviceId = z.infer<typeof DeviceId>;

/** A catalogue name such as `harbor-0.3m` or `qwen2.5-0.5b-q8_0`. */
export const CatalogueName = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9._-]{0,94}[a-z0-9])?$/,
    'must be 1 to 96 lower-case letters, digits, dots, dashes or underscores',
  )
  .meta({ id: 'CatalogueName' });
export type CatalogueName = z.infer<typeof CatalogueName>;

/** The stable name local apps call as `model`. */
export const ServiceName = Id.meta({ id: 'ServiceName' });
export type ServiceName = z.infer<typeof ServiceName>;

/** What all models that boxes made for themselves are counted as: their names stay there. No release is of a service of this name. */
export const LOCAL_SERVICE = 'local';

/** Lower-case hex of a SHA-256. Blobs, releases and manifests are named by it. */
export const Sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits')
  .meta({ id: 'Sha256' });
export type Sha256 = z.infer<typeof Sha256>;

/** Milliseconds since 1970 UTC. */
export const TimeMs = z.int().min(0).meta({ id: 'TimeMs' });
export type TimeMs = z.infer<typeof TimeMs>;

export const DurationMs = z.int().min(0);
export type DurationMs = z.infer<typeof DurationMs>;

export const Bytes = z.int().min(0).meta({ id: 'Bytes' });
export type Bytes = z.infer<typeof Bytes>;

/** A count that only grows. */
export const Count = z.int().min(0);
export type Count = z.infer<typeof Count>;

/** A part of one, 0 to 1. */
export const Share = z.number().min(0).max(1);
export type Share = z.infer<typeof Share>;

/** ISO 4217, upper case. */
export const Currency = z.string().regex(/^[A-Z]{3}$/, 'must be three upper-case letters, such as EUR');
export type Currency = z.infer<typeof Currency>;

/** Money in integer micro-units: 1 EUR is 1,000,000. */
export const Money = z.object({ micro: z.int(), currency: Currency }).meta({ id: 'Money' });
export type Money = z.infer<typeof Money>;

/** What something costs: never below nothing. */
export const Price = Money.extend({ micro: z.int().min(0) }).meta({ id: 'Price' });
export type Price = z.infer<typeof Price>;

/** One line of text that people send; a character that steers a terminal is refused. */
export function PlainText(max: number) {
  return z
    .string()
    .max(max)
    .regex(/^\P{Cc}*$/u, 'must be one line without control characters');
}

/** One line of text that a device or a file says: read leniently, its control characters are replaced. */
export function SaidText(max: number) {
  return z.string().max(max).overwrite(withoutControls);
}

function withoutControls(text: string): string {
  return text.replaceAll(/[\t\n\r]/g, ' ').replaceAll(/\p{Cc}/gu, '\uFFFD');
}
