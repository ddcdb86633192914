import type { PlanLine } from '@flotilla/contracts';
import { formatBytes, formatNumber } from '../format/numbers.ts';
import { DataList } from './data-list.tsx';
import { StateBadge } from './state-badge.tsx';
import { To } from './to.tsx';

const CHANGES = {
  beside: 'no dark time',
  swap: 'memory allows only a swap: a short dark time',
  none: 'nothing to change',
} as const;

/** The dry run: each device with its variant and what it takes, or what stops it. */
export function PlanLines({ lines }: { lines: readonly PlanLine[] }) {
  return (
    <DataList
      label="Plan"
      rows={lines}
      keyOf={(line) => line.deviceId}
      columns={[
        { label: 'Device', cell: (line) => <To href={`/devices/${line.deviceId}`}>{line.device}</To> },
        { label: 'Variant', cell: (line) => line.variant ?? <StateBadge state="blocked" /> },
        {
          label: 'Needs',
          numeric: true,
          cell: (line) => (line.need === undefined ? '–' : formatBytes(line.need.totalBytes)),
        },
        {
          label: 'May use',
          numeric: true,
          cell: (line) => (line.allowedBytes === undefined ? '–' : formatBytes(line.allowedBytes)),
        },
        {
          label: 'Speed',
          numeric: true,
          cell: (line) =>
            line.predictedTokensPerSecond === undefined
              ? '–'
              : `${formatNumber(line.predictedTokensPerSecond)} tokens/s`,
        },
        {
          label: 'Change',
          wide: true,
          cell: (line) => line.problem?.detail ?? CHANGES[line.change ?? 'none'],
        },
      ]}
    />
  );
}
