import type { Desired, DeviceState, Reported, ReportedService } from '@flotilla/contracts';

/** How a device stands, whether it can be heard or not. */
export type SettledState = Exclude<DeviceState, 'offline'>;

const WORST_FIRST: readonly SettledState[] = ['failed', 'blocked', 'changing', 'ready'];

/** Desired against reported, in one word. */
export function settledState({
  desired,
  reported,
}: {
  desired: Desired | undefined;
  reported: Reported | undefined;
}): SettledState {
  const wanted = desired?.services ?? [];
  const said = reported?.services ?? [];
  const leftover = said.some(
    (service) => service.state !== 'absent' && !wanted.some((w) => w.service === service.service),
  );
  if (wanted.length === 0) return leftover ? 'changing' : 'idle';
  const answered = (reported?.generation ?? 0) >= (desired?.generation ?? 0);
  const states = wanted.map((service): SettledState => {
    const found = said.find((s) => s.service === service.service);
    return answered && found ? serviceState(found, service.release) : 'changing';
  });
  if (leftover) states.push('changing');
  return WORST_FIRST.find((state) => states.includes(state)) ?? 'ready';
}

function serviceState(said: ReportedService, release: string): SettledState {
  switch (said.state) {
    case 'serving':
    case 'sleeping':
      return said.release === release ? 'ready' : 'changing';
    case 'failed':
      return 'failed';
    case 'blocked':
      return 'blocked';
    default:
      return 'changing';
  }
}

/** The least time without a word after which a device counts as offline. */
export const SILENCE_MS = 300_000;

/** How long a device may say nothing: three telemetry intervals, at least five minutes. */
export function silenceMs(policy: { telemetryIntervalMs?: number | undefined }): number {
  return Math.max(SILENCE_MS, 3 * (policy.telemetryIntervalMs ?? 0));
}

export interface Presence {
  online: boolean;
  silentAt: number;
  revokedAt?: number | undefined;
}

export function isOnline({ online, silentAt, revokedAt }: Presence, now: number): boolean {
  return online && revokedAt === undefined && silentAt > now;
}

export function deviceState(device: Presence & { settled: SettledState }, now: number): DeviceState {
  return isOnline(device, now) ? device.settled : 'offline';
}
