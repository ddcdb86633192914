import '@mantine/charts/styles.css';
import type { Series } from '@flotilla/contracts';
import { AreaChart, BarChart } from '@mantine/charts';
import { SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { formatBytes, formatCount, formatEnergy, formatNumber, formatShare } from '../format/numbers.ts';
import { type SeriesRow, seriesRows } from '../format/series-rows.ts';
import { formatDay, formatHour, formatTime } from '../format/times.ts';

const DAY_MS = 86_400_000;
const HEIGHT = 150;

/** Every chart by what it shows; one without a reading is named below the others and leaves no hole. */
const READINGS = [
  ['requests', 'requests'],
  ['tokens per second', 'tokensPerSecondP50'],
  ['processor', 'cpuShare'],
  ['memory', 'memoryUsedBytes'],
  ['energy', 'joules'],
  ['temperature', 'temperatureC'],
] as const;
const names = new Intl.ListFormat('en', { type: 'conjunction' });

interface ChartProps {
  title: string;
  empty: boolean;
  children: ReactNode;
}

function Chart({ title, empty, children }: ChartProps) {
  if (empty) return null;
  return (
    <figure style={{ margin: 0, minWidth: 0 }}>
      <Text component="figcaption" size="sm" fw={600} mb={6}>
        {title}
      </Text>
      {children}
    </figure>
  );
}

/** Requests, speed, CPU, memory and energy of one device over time. */
export function DeviceCharts({ series }: { series: Series }) {
  const rows = seriesRows(series);
  const none = (key: keyof SeriesRow) => rows.every((row) => row[key] === undefined);
  const long = series.to - series.from > DAY_MS;
  const common = {
    h: HEIGHT,
    data: rows,
    dataKey: 'at',
    gridAxis: 'x',
    tooltipProps: { labelFormatter: (at: ReactNode) => (typeof at === 'number' ? formatTime(at) : at) },
    xAxisProps: { tickFormatter: (at: number) => (long ? formatDay(at) : formatHour(at)), minTickGap: 40 },
  } as const;
  // The charts change with live events; growing bars at every one of them would only distract.
  const bars = { ...common, barProps: { isAnimationActive: false }, maxBarWidth: 24 } as const;
  const areas = {
    ...common,
    areaProps: { isAnimationActive: false },
    withDots: false,
    curveType: 'linear',
    connectNulls: false,
  } as const;
  const silent = READINGS.filter(([, key]) => none(key)).map(([name]) => name);
  const y = { tickCount: 3, interval: 0, width: 52 } as const;
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg" verticalSpacing="lg">
        <Chart title="Requests" empty={none('requests')}>
          <BarChart
            {...bars}
            type="stacked"
            series={[
              { name: 'requests', label: 'Requests', color: 'cyan.7' },
              { name: 'errors', label: 'Errors', color: 'red.6' },
            ]}
            valueFormatter={formatCount}
            yAxisProps={{ ...y, allowDecimals: false }}
          />
        </Chart>
        <Chart title="Tokens per second, median" empty={none('tokensPerSecondP50')}>
          <BarChart
            {...bars}
            series={[{ name: 'tokensPerSecondP50', label: 'Tokens per second', color: 'grape.6' }]}
            valueFormatter={formatCount}
            yAxisProps={y}
          />
        </Chart>
        <Chart title="Processor" empty={none('cpuShare')}>
          <AreaChart
            {...areas}
            series={[{ name: 'cpuShare', label: 'Processor', color: 'teal.6' }]}
            yAxisProps={{ ...y, domain: [0, 1] }}
            valueFormatter={formatShare}
          />
        </Chart>
        <Chart title="Memory used" empty={none('memoryUsedBytes')}>
          <AreaChart
            {...areas}
            series={[{ name: 'memoryUsedBytes', label: 'Memory used', color: 'indigo.5' }]}
            valueFormatter={formatBytes}
            yAxisProps={{ ...y, width: 64 }}
          />
        </Chart>
        <Chart title={`Energy per interval${basisOf(series)}`} empty={none('joules')}>
          <BarChart
            {...bars}
            series={[{ name: 'joules', label: 'Energy', color: 'yellow.7' }]}
            // The axis begins at zero, which has no unit of its own beside watt-hours.
            valueFormatter={(joules) => (joules === 0 ? '0' : formatEnergy(joules))}
            yAxisProps={{ ...y, width: 64 }}
          />
        </Chart>
        <Chart title="Temperature" empty={none('temperatureC')}>
          <AreaChart
            {...areas}
            series={[{ name: 'temperatureC', label: 'Temperature', color: 'orange.6' }]}
            valueFormatter={(value) => `${formatNumber(value)} °C`}
            yAxisProps={y}
          />
        </Chart>
      </SimpleGrid>
      {silent.length > 0 && (
        <Text size="sm" c="dimmed" mt={silent.length === READINGS.length ? 0 : 'md'}>
          No reading in this time: {names.format(silent)}.
        </Text>
      )}
    </>
  );
}

/** How the energy of the whole chart came about; one modelled reading makes it modelled. */
function basisOf({ points }: Series): string {
  const bases = new Set(points.flatMap(({ energyBasis }) => energyBasis ?? []));
  if (bases.size === 0) return '';
  return bases.has('modelled') ? ', modelled from load' : ', measured';
}
