import { SegmentedControl, Skeleton } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { useSeries } from '../api/queries.ts';
import { Loaded } from './loaded.tsx';
import { Panel } from './panel.tsx';

/** The chart library is half of the console; only this page needs it. */
const DeviceCharts = lazy(async () => {
  const { DeviceCharts: charts } = await import('./charts.tsx');
  return { default: charts };
});

const SPANS = {
  '1 hour': [3_600_000, 60_000],
  '1 day': [86_400_000, 1_800_000],
  '1 week': [604_800_000, 10_800_000],
} as const;
type Span = keyof typeof SPANS;

/** How a device did over the last hour, day or week. */
export function HealthCharts({ id }: { id: string }) {
  const [span, setSpan] = useState<Span>('1 hour');
  const [spanMs, stepMs] = SPANS[span];
  const series = useSeries(id, spanMs, stepMs);
  return (
    <Panel
      title="Health and use"
      action={
        <SegmentedControl
          size="xs"
          value={span}
          onChange={(value) => setSpan(value as Span)}
          data={Object.keys(SPANS)}
          aria-label="Time shown"
        />
      }
    >
      <Loaded query={series}>
        {(data) => (
          <Suspense fallback={<Skeleton height={360} />}>
            <DeviceCharts series={data} />
          </Suspense>
        )}
      </Loaded>
    </Panel>
  );
}
