import type { Series } from '@flotilla/contracts';
import { AreaChart, BarChart } from '@mantine/charts';
import { SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { formatBytes, formatCount, formatEnergy, formatNumber, formatShare } from '../format/numbers.ts';
import { formatHour } from '../format/times.ts';

const HEIGHT = 160;

function Chart({ title, empty, children }: { title: string; empty: boolean; children: ReactNode }) {
  return (
    <figure style={{ margin: 0, minWidth: 0 }}>
      <Text component="figcaption" size="sm" fw={600} mb={6}>
        {title}
      </Text>
      {empty ? (
        <Text size="sm" c="dimmed" py="xl">
          No reading in this time.
        </Text>
      ) : (
        children
      )}
    </figure>
  );
}

/** Requests, speed, CPU, memory and energy of one device over time. */
export function DeviceCharts({ series }: { series: Series }) {
  const rows = series.points.map((point) => ({
    at: formatHour(point.at),
    Requests: point.requests,
    Errors: point.errors,
    'Tokens out': point.tokensOut,
    CPU: point.cpuShare,
    Memory: point.memoryUsedBytes,
    Energy: point.joules,
    'Tokens/s': point.tokensPerSecondP50,
  }));
  const none = (key: keyof (typeof rows)[number]) => rows.every((row) => row[key] === undefined);
  const common = {
    h: HEIGHT,
    data: rows,
    dataKey: 'at',
    withDots: false,
    curveType: 'linear',
    connectNulls: false,
  } as const;
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl" verticalSpacing="xl">
      <Chart title="Requests" empty={rows.length === 0}>
        <BarChart
          h={HEIGHT}
          data={rows}
          dataKey="at"
          type="stacked"
          series={[
            { name: 'Requests', color: 'cyan.7' },
            { name: 'Errors', color: 'red.6' },
          ]}
          valueFormatter={formatCount}
        />
      </Chart>
      <Chart title="Tokens per second, median" empty={none('Tokens/s')}>
        <AreaChart
          {...common}
          series={[{ name: 'Tokens/s', color: 'grape.6' }]}
          valueFormatter={formatNumber}
        />
      </Chart>
      <Chart title="CPU" empty={none('CPU')}>
        <AreaChart
          {...common}
          series={[{ name: 'CPU', color: 'teal.6' }]}
          yAxisProps={{ domain: [0, 1] }}
          valueFormatter={formatShare}
        />
      </Chart>
      <Chart title="Memory used" empty={none('Memory')}>
        <AreaChart
          {...common}
          series={[{ name: 'Memory', color: 'indigo.5' }]}
          valueFormatter={formatBytes}
          yAxisProps={{ width: 68 }}
        />
      </Chart>
      <Chart title="Energy per interval (modelled)" empty={rows.length === 0}>
        <BarChart
          h={HEIGHT}
          data={rows}
          dataKey="at"
          series={[{ name: 'Energy', color: 'yellow.7' }]}
          valueFormatter={formatEnergy}
          yAxisProps={{ width: 68 }}
        />
      </Chart>
    </SimpleGrid>
  );
}
