import type { ReportedService } from '@flotilla/contracts';
import { Alert, Progress, Stack, Text, Title } from '@mantine/core';
import { formatBytes, formatNumber } from '../format/numbers.ts';
import { adapterText } from './adapter-text.ts';
import { Ago } from './ago.tsx';
import { DataList } from './data-list.tsx';
import { Facts } from './facts.tsx';
import { Panel } from './panel.tsx';
import { StateBadge } from './state-badge.tsx';

/** One service of a device: the variant chosen, why, and why the others were not. */
export function ServiceCard({ service }: { service: ReportedService }) {
  const { problem, progress, resolution, state } = service;
  return (
    <Panel
      title={`${service.service}${service.revision === undefined ? '' : `@${service.revision}`}`}
      hint={
        service.since !== undefined && (
          <>
            since <Ago at={service.since} />
          </>
        )
      }
      action={<StateBadge state={state === 'changing' ? (service.phase ?? 'changing') : state} />}
    >
      <Stack>
        {problem !== undefined && (
          <Alert color={state === 'failed' ? 'red' : 'orange'} variant="light" title={problem.detail}>
            {problem.fix ?? `Code: ${problem.code}`}
          </Alert>
        )}
        {progress !== undefined && state === 'changing' && (
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
        <Running service={service} />
        {resolution !== undefined && resolution.candidates.length > 0 && (
          <div>
            <Title order={3} mb={4}>
              Why this variant
            </Title>
            <DataList
              label="Candidates, preferred first"
              rows={resolution.candidates}
              keyOf={(candidate) => candidate.digest}
              columns={[
                { label: 'Candidate', width: '190px', cell: (candidate) => candidate.variant },
                {
                  label: 'Verdict',
                  width: '110px',
                  cell: (candidate) => <StateBadge state={candidate.verdict} />,
                },
                { label: 'Reason', wide: true, cell: (candidate) => candidate.reason },
              ]}
            />
          </div>
        )}
      </Stack>
    </Panel>
  );
}

function Running({ service: { adapter, engine, variant } }: { service: ReportedService }) {
  return (
    <Facts
      facts={[
        ['Variant', variant?.name ?? 'none serves yet'],
        ['Quantization', variant?.quantization ?? '–'],
        ...(adapter === undefined ? [] : [['Adapter', adapterText(adapter)] as const]),
        [
          'Context',
          engine === undefined ? '–' : `${formatNumber(engine.contextTokens)} tokens × ${engine.sequences}`,
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
  );
}
