import { DeviceId, ReportedService } from '@flotilla/contracts';
import { z } from 'zod';

/** The part of `GET /flotilla/v1/status` that a start shows. */
export const BoxStatus = z.object({ device: z.object({ id: DeviceId }), services: z.array(ReportedService) });
export type BoxStatus = z.infer<typeof BoxStatus>;

/** The box's own word on what it does; undefined while it does not listen yet. */
export async function readBoxStatus(boxUrl: string, signal: AbortSignal): Promise<BoxStatus | undefined> {
  const response = await fetch(`${boxUrl}/flotilla/v1/status`, { signal }).catch(() => undefined);
  signal.throwIfAborted();
  return response?.ok ? BoxStatus.parse(await response.json()) : undefined;
}
