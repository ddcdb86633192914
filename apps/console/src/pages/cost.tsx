import type { CostLine, CostReport } from '@flotilla/contracts';
import { Group, SegmentedControl, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useCost } from '../api/queries.ts';
import { formatCount, formatEnergy, formatMoney } from '../format/numbers.ts';
import { Loaded, Page } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';

const SPANS = { '1 day': 86_400_000, '1 week': 604_800_000, '1 month': 2_592_000_000 } as const;

/** What the fleet costs: energy by tariff, hardware by price and life, each figure measured or modelled. */
export function CostPage() {
  const [by, setBy] = useState<CostReport['by']>('device');
  const [span, setSpan] = useState<keyof typeof SPANS>('1 day');
  const report = useCost(by, SPANS[span]);
  return (
    <Page title="Cost" subtitle="Energy by tariff, hardware by purchase price and life.">
      <Panel
        action={
          <Group gap="xs">
            <SegmentedControl
              size="xs"
              value={by}
              onChange={(value) => setBy(value)}
              data={['device', 'service', 'variant']}
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
        }
      >
        <Loaded query={report}>
          {(data) => (
            <Table.ScrollContainer minWidth={640}>
              <Table verticalSpacing="sm">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th tt="capitalize">{by}</Table.Th>
                    <Table.Th ta="right">Requests</Table.Th>
                    <Table.Th ta="right">Tokens</Table.Th>
                    <Table.Th ta="right">Energy</Table.Th>
                    <Table.Th ta="right">Energy cost</Table.Th>
                    <Table.Th ta="right">Hardware</Table.Th>
                    <Table.Th ta="right">Per million tokens</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {data.lines.map((line) => (
                    <Row key={line.key} line={line} />
                  ))}
                  <Row line={data.total} strong />
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )}
        </Loaded>
        <Text size="xs" c="dimmed" mt="sm">
          Zero money means that no tariff or hardware price was set: `flotilla tariffs add` and `flotilla
          hardware-prices add` set them. A figure in italics is modelled, not measured.
        </Text>
      </Panel>
    </Page>
  );
}

function Row({ line, strong = false }: { line: CostLine; strong?: boolean }) {
  const money = (part: { amount: CostLine['energy']['amount']; basis: string } | undefined) =>
    part === undefined ? (
      '–'
    ) : (
      <span style={{ fontStyle: part.basis === 'modelled' ? 'italic' : 'normal' }}>
        {formatMoney(part.amount)}
      </span>
    );
  return (
    <Table.Tr fw={strong ? 650 : 400}>
      <Table.Td>{line.label}</Table.Td>
      <Table.Td ta="right">{formatCount(line.requests)}</Table.Td>
      <Table.Td ta="right">{formatCount(line.tokensIn + line.tokensOut)}</Table.Td>
      <Table.Td ta="right">{formatEnergy(line.joules.measured + line.joules.modelled)}</Table.Td>
      <Table.Td ta="right">{money(line.energy)}</Table.Td>
      <Table.Td ta="right">{money(line.hardware)}</Table.Td>
      <Table.Td ta="right">{money(line.perMillionTokens)}</Table.Td>
    </Table.Tr>
  );
}
