import { gpuBackend, type DeviceDetail } from '@flotilla/contracts';

/** Decimal units with one digit: `4.2 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** step).toFixed(step < 2 ? 0 : 1)} ${units[step] ?? 'B'}`;
}

/** The hardware in one line. */
export function describeFacts({ facts }: Pick<DeviceDetail, 'facts'>): string {
  if (facts === undefined) return 'hardware unknown';
  const { cpu, memory, gpus } = facts;
  const gpu = gpus.find(({ backend }) => backend !== 'none');
  return [
    `${cpu.usableCores} ${cpu.usableCores === 1 ? 'core' : 'cores'} (${cpu.arch})`,
    `${formatBytes(memory.totalBytes)} memory`,
    gpu?.name ?? (gpuBackend(facts) === 'unknown' ? 'GPU unknown' : 'no GPU'),
  ].join(', ');
}
