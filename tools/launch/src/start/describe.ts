import { countThings, formatBytes } from '@flotilla/kernel';
import { gpuBackend, type DeviceDetail } from '@flotilla/contracts';

/** The hardware in one line. */
export function describeFacts({ facts }: Pick<DeviceDetail, 'facts'>): string {
  if (facts === undefined) return 'hardware unknown';
  const { cpu, memory, gpus } = facts;
  const gpu = gpus.find(({ backend }) => backend !== 'none');
  return [
    `${countThings(cpu.usableCores, 'core')} (${cpu.arch})`,
    `${formatBytes(memory.totalBytes)} memory`,
    gpu?.name ?? (gpuBackend(facts) === 'unknown' ? 'GPU unknown' : 'no GPU'),
  ].join(', ');
}
