import { gpuBackend, type DeviceDetail } from '@flotilla/contracts';
import { Alert, Stack, Text } from '@mantine/core';
import { AlertIcon } from '@primer/octicons-react';
import type { ReactNode } from 'react';
import { formatBytes, formatNumber, formatShare } from '../format/numbers.ts';
import { formatDuration, formatTime } from '../format/times.ts';
import { Facts } from './facts.tsx';

/** What the box is, and what could not be read of it. */
export function DeviceHardware({ device }: { device: DeviceDetail }) {
  const { facts } = device;
  if (facts === undefined) {
    return (
      <Text c="dimmed" size="sm">
        The agent has not reported its hardware yet.
      </Text>
    );
  }
  return (
    <Stack>
      <Facts facts={[...machineFacts(facts), ...agentFacts(device)]} />
      {facts.unknown.length > 0 && (
        <Alert color="yellow" variant="light" icon={<AlertIcon />} title="Could not be read on this box">
          {facts.unknown.map(({ probe, reason }) => (
            <Text key={probe} size="sm">
              {probe}: {reason}
            </Text>
          ))}
        </Alert>
      )}
    </Stack>
  );
}

type Fact = readonly [string, ReactNode];

function machineFacts(facts: NonNullable<DeviceDetail['facts']>): Fact[] {
  const { machine, cpu, memory, gpus, disk, power, temperatureC, os } = facts;
  return [
    ['Machine', joined([machine?.vendor, machine?.model], ' ')],
    ['Processor', cpu.model],
    [
      'Cores',
      cpu.usableCores === cpu.cores
        ? `${cpu.cores} (${cpu.arch})`
        : `${formatNumber(cpu.usableCores)} usable of ${cpu.cores} (${cpu.arch})`,
    ],
    ['Memory', `${formatBytes(memory.availableBytes)} free of ${formatBytes(memory.totalBytes)}`],
    [
      'Memory bandwidth',
      memory.bandwidthBytesPerSecond && `${formatBytes(memory.bandwidthBytesPerSecond)}/s`,
    ],
    ['GPU', gpus.map((gpu) => `${gpu.name} (${gpu.backend})`).join(', ') || gpuBackend(facts)],
    ['Disk', disk && `${formatBytes(disk.freeBytes)} free of ${formatBytes(disk.totalBytes)}`],
    [
      'Power',
      power &&
        joined([power.source, power.batteryShare === undefined ? '' : formatShare(power.batteryShare)], ', '),
    ],
    ['Temperature', temperatureC === undefined ? undefined : `${formatNumber(temperatureC)} °C`],
    ['System', joined([os.distribution ?? os.platform, os.release], ' ')],
  ];
}

function agentFacts({ agent, facts, clockOffsetMs, certificate }: DeviceDetail): Fact[] {
  return [
    ['Agent', agent?.version],
    ['Engine', agent?.engine],
    ['Up for', facts?.uptimeMs === undefined ? undefined : formatDuration(facts.uptimeMs)],
    ['Clock', clockOffsetMs === undefined ? undefined : `${formatNumber(clockOffsetMs)} ms off ours`],
    ['Certificate', certificate && `until ${formatTime(certificate.notAfter)}`],
  ];
}

function joined(parts: readonly (string | undefined)[], by: string): string | undefined {
  return parts.filter(Boolean).join(by) || undefined;
}
