import type { ReportedService } from '@flotilla/contracts';
import { Alert, Group, Progress, Stack, Table, Text } from '@mantine/core';
import { formatBytes, formatNumber } from '../format/numbers.ts';
import { formatAgo } from '../format/times.ts';
import { Facts } from './facts.tsx';
import { Panel } from './panel.tsx';
import { StateBadge } from './state-badge.tsx';

/** One service of a device: the variant chosen, why, and why the others were not. */
export function ServiceCard({ service }: { service: ReportedService }) {
  const { engine, variant, progress, problem, resolution } = service;
  return (
    <Panel
      title={`${service.service}${service.revision === undefined ? '' : `@${service.revision}`}`}
      hint={service.since === undefined ? undefined : `since ${formatAgo(service.since)}`}
      action={
        <StateBadge state={service.state === 'changing' ? (service.phase ?? 'changing') : service.state} />
      }
    >
      <Stack>
        {problem !== undefined && (
          <Alert color={service.state === 'failed' ? 'red' : 'orange'} variant="light" title={problem.detail}>
            {problem.fix ?? `Code: ${problem.code}`}
          </Alert>
        )}
        {progress !== undefined && service.state === 'changing' && (
          <div>
            <Progress
              value={progress.totalBytes === 0 ? 100 : (progress.doneBytes / progress.totalBytes) * 100}
              aria-label="Download"
            />
            <Text size="xs" c="dimmed" mt={4}>
              {formatBytes(progress.doneBytes)} of {formatBytes(progress.totalBytes)}
            </Text>
          </div>
        )}
        <Facts
          columns={4}
          facts={[
            ['Variant', variant?.name ?? 'none serves yet'],
            ['Quantization', variant?.quantization ?? '–'],
            [
              'Context',
              engine === undefined
                ? '–'
                : `${formatNumber(engine.contextTokens)} tokens × ${engine.sequences}`,
            ],
            ['Threads', engine?.threads === undefined ? '–' : formatNumber(engine.threads)],
            [
              'Speed of one stream',
              engine?.tokensPerSecond === undefined
                ? 'not measured yet'
                : `${formatNumber(engine.tokensPerSecond)} tokens/s`,
            ],
            [
              'Memory, estimated',
              engine?.estimatedBytes === undefined ? '–' : formatBytes(engine.estimatedBytes),
            ],
            ['Memory, measured', engine?.actualBytes === undefined ? '–' : formatBytes(engine.actualBytes)],
            ['Restarts', engine?.restarts === undefined ? '–' : formatNumber(engine.restarts)],
          ]}
        />
        {resolution !== undefined && resolution.candidates.length > 0 && (
          <div>
            <Text fw={600} size="sm" mb={4}>
              Why this variant
            </Text>
            <Table.ScrollContainer minWidth={480}>
              <Table verticalSpacing="xs">
                <Table.Tbody>
                  {resolution.candidates.map((candidate) => (
                    <Table.Tr key={candidate.digest}>
                      <Table.Td w={200}>{candidate.variant}</Table.Td>
                      <Table.Td w={110}>
                        <Group gap={4}>
                          <StateBadge state={candidate.verdict} />
                        </Group>
                      </Table.Td>
                      <Table.Td>
                        <Text size="sm">{candidate.reason}</Text>
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          </div>
        )}
      </Stack>
    </Panel>
  );
}
