import { CostBy, type CostLine, type CostPart, type CostReport } from '@flotilla/contracts';
import { Group, SegmentedControl, Text } from '@mantine/core';
import { useState } from 'react';
import { useCost } from '../api/queries.ts';
import { formatCount, formatEnergy, formatMoney } from '../format/numbers.ts';
import { DataList } from '../parts/data-list.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';
import { PriceForms } from '../parts/price-forms.tsx';

const SPANS = { '1 day': 86_400_000, '1 week': 604_800_000, '1 month': 2_592_000_000 } as const;
const NAMES = { device: 'Device', service: 'Service', model: 'Model', variant: 'Variant' } as const;

/** What the fleet costs: energy by tariff, hardware by price and life, each figure measured or modelled. */
export function CostPage() {
  const [by, setBy] = useState<CostBy>('device');
  const [span, setSpan] = useState<keyof typeof SPANS>('1 day');
  const report = useCost(by, SPANS[span]);
  return (
    <Page title="Cost" subtitle="Energy by tariff, hardware by purchase price and life.">
      <Panel>
        <Group gap="xs" mb="md">
          <SegmentedControl
            size="xs"
            value={by}
            onChange={(value) => setBy(value)}
            data={CostBy.options.map((value) => ({
              value,
              label: NAMES[value],
            }))}
            aria-label="Grouped by"
          />
          <SegmentedControl
            size="xs"
            value={span}
            onChange={(value) => setSpan(value as keyof typeof SPANS)}
            data={Object.keys(SPANS)}
            aria-label="Time"
          />
        </Group>
        <Loaded query={report}>{(data) => <Lines report={data} />}</Loaded>
      </Panel>
      {report.data !== undefined && (
        <PriceForms currency={report.data.currency} missing={report.data.missing} />
      )}
    </Page>
  );
}

function Lines({ report }: { report: CostReport }) {
  return (
    <>
      <DataList
        label={`Cost by ${report.by}`}
        rows={[...report.lines, { ...report.total, key: 'total', label: 'Total' }]}
        keyOf={(line) => line.key}
        strong={(line) => line.key === 'total'}
        columns={[
          { label: NAMES[report.by], cell: (line) => line.label },
          { label: 'Requests', numeric: true, cell: (line) => formatCount(line.requests) },
          { label: 'Tokens', numeric: true, cell: (line) => formatCount(line.tokensIn + line.tokensOut) },
          { label: 'Energy', numeric: true, cell: (line) => <Joules line={line} /> },
          { label: 'Energy cost', numeric: true, cell: (line) => <Cost part={line.energy} /> },
          { label: 'Hardware', numeric: true, cell: (line) => <Cost part={line.hardware} /> },
          {
            label: 'Per million tokens',
            numeric: true,
            cell: (line) => <Cost part={line.perMillionTokens} />,
          },
        ]}
      />
      <Text size="xs" c="dimmed" mt="sm">
        A figure in italics is modelled, not measured.
        {report.missing.length > 0 &&
          ` No ${report.missing.map((name) => name.replace('-', ' ')).join(' and no ')} is known for a part of this time; that part counts as zero.`}
      </Text>
    </>
  );
}

function Joules({ line: { joules } }: { line: CostLine }) {
  const text = formatEnergy(joules.measured + joules.modelled);
  return joules.modelled > 0 ? <em>{text}</em> : text;
}

function Cost({ part }: { part: CostPart | undefined }) {
  if (part === undefined) return '–';
  const text = formatMoney(part.amount);
  return part.basis === 'modelled' ? <em>{text}</em> : text;
}
