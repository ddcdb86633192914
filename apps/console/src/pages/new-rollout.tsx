import { type PlanLine, releaseName } from '@flotilla/contracts';
import { Button, Group, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { useCreateRollout, usePlan, useReleases } from '../api/queries.ts';
import { formatBytes, formatNumber } from '../format/numbers.ts';
import { Page, ProblemAlert } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { To } from '../parts/to.tsx';

/** Choose a release and a selector, see the plan, start. */
export function NewRolloutPage() {
  const [params] = useSearchParams();
  const [release, setRelease] = useState(params.get('release'));
  const [selector, setSelector] = useState('*');
  const [, navigate] = useLocation();
  const releases = useReleases();
  const plan = usePlan();
  const create = useCreateRollout();
  const ready = release !== null && selector.trim() !== '';
  return (
    <Page
      title="Start a rollout"
      subtitle="The plan shows every device with its variant, or what stops it, before a byte moves."
    >
      <Panel title="What and where">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (release !== null) plan.mutate({ release, selector: selector.trim() });
          }}
        >
          <Stack>
            <Select
              label="Release"
              placeholder="choose one"
              searchable
              required
              value={release}
              onChange={setRelease}
              data={releases.items.map((view) => releaseName(view.release))}
            />
            <TextInput
              label="Selector"
              description="* means every device; conditions are joined by AND"
              required
              value={selector}
              onChange={(event) => setSelector(event.currentTarget.value)}
            />
            <Group>
              <Button type="submit" variant="light" disabled={!ready} loading={plan.isPending}>
                Show the plan
              </Button>
              <Button
                disabled={!ready}
                loading={create.isPending}
                onClick={() => {
                  if (release === null) return;
                  create.mutate(
                    { release, selector: selector.trim() },
                    { onSuccess: ({ id }) => navigate(`/rollouts/${id}`) },
                  );
                }}
              >
                Start the rollout
              </Button>
            </Group>
            <ProblemAlert error={plan.error ?? create.error} />
          </Stack>
        </form>
      </Panel>
      {plan.data !== undefined && (
        <Panel
          title="Plan"
          hint={`${plan.data.fits} fit, ${plan.data.doesNotFit} do not, ${formatBytes(plan.data.downloadBytes)} to download`}
        >
          <PlanTable lines={plan.data.lines} />
        </Panel>
      )}
    </Page>
  );
}

function PlanTable({ lines }: { lines: readonly PlanLine[] }) {
  return (
    <Table.ScrollContainer minWidth={620}>
      <Table verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Device</Table.Th>
            <Table.Th>Variant</Table.Th>
            <Table.Th ta="right">Needs</Table.Th>
            <Table.Th ta="right">May use</Table.Th>
            <Table.Th ta="right">Speed</Table.Th>
            <Table.Th>Change</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lines.map((line) => (
            <Table.Tr key={line.deviceId}>
              <Table.Td>
                <To href={`/devices/${line.deviceId}`}>{line.device}</To>
              </Table.Td>
              <Table.Td>{line.variant ?? <StateBadge state="blocked" />}</Table.Td>
              <Table.Td ta="right">
                {line.need === undefined ? '–' : formatBytes(line.need.totalBytes)}
              </Table.Td>
              <Table.Td ta="right">
                {line.allowedBytes === undefined ? '–' : formatBytes(line.allowedBytes)}
              </Table.Td>
              <Table.Td ta="right">
                {line.predictedTokensPerSecond === undefined
                  ? '–'
                  : `${formatNumber(line.predictedTokensPerSecond)}/s`}
              </Table.Td>
              <Table.Td>
                <Text size="sm">{line.problem?.detail ?? CHANGES[line.change ?? 'none']}</Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

const CHANGES = {
  beside: 'loads beside the old one, no dark time',
  swap: 'memory allows only a swap: a short dark time',
  none: 'nothing to change',
} as const;
