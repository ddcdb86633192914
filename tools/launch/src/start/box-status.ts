import { ReportedService, type DeviceId } from '@flotilla/contracts';
import { z } from 'zod';

/** The part of `GET /flotilla/v1/status` that a start shows. */
export const BoxStatus = z.object({ deviceId: z.string(), services: z.array(ReportedService) });
export type BoxStatus = z.infer<typeof BoxStatus>;

/** The box's own word on what it does; undefined while it does not listen yet. */
export async function readBoxStatus(
  boxUrl: string,
  signal: AbortSignal,
): Promise<(BoxStatus & { deviceId: DeviceId }) | undefined> {
  const response = await fetch(`${boxUrl}/flotilla/v1/status`, { signal }).catch(() => undefined);
  signal.throwIfAborted();
  return response?.ok ? BoxStatus.parse(await response.json()) : undefined;
}
