import { Group, Table, Text } from '@mantine/core';
import { IconBox } from '@tabler/icons-react';
import { useModels } from '../api/queries.ts';
import { formatBytes, formatCount } from '../format/numbers.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { More } from '../parts/more.tsx';
import { Page, ProblemAlert } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';

/** The catalogue: models with their variants. */
export function ModelsPage() {
  const models = useModels();
  return (
    <Page
      title="Models"
      subtitle="A model has variants: one GGUF file each, at one quantization, named by its digest."
    >
      <ProblemAlert error={models.error} />
      {models.items.length === 0 && models.error === null && !models.isPending && (
        <Panel>
          <EmptyState
            icon={IconBox}
            title="The catalogue is empty"
            command="flotilla models import FILE.gguf --model NAME --variant NAME-q8_0"
          >
            Import a GGUF file from the command line.
          </EmptyState>
        </Panel>
      )}
      {models.items.map((model) => (
        <Panel
          key={model.id}
          title={model.title}
          hint={
            <Group gap="xs">
              <span>{model.licence}</span>
              <span aria-hidden>·</span>
              <span>{model.origin === 'starter' ? 'comes with Flotilla' : 'imported'}</span>
            </Group>
          }
        >
          {model.description !== '' && (
            <Text size="sm" mb="sm">
              {model.description}
            </Text>
          )}
          <Table.ScrollContainer minWidth={560}>
            <Table verticalSpacing="xs">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Variant</Table.Th>
                  <Table.Th>Quantization</Table.Th>
                  <Table.Th ta="right">Size</Table.Th>
                  <Table.Th ta="right">Parameters</Table.Th>
                  <Table.Th ta="right">Context</Table.Th>
                  <Table.Th>Digest</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {model.variants.map((variant) => (
                  <Table.Tr key={variant.digest}>
                    <Table.Td>{variant.name}</Table.Td>
                    <Table.Td>{variant.quantization}</Table.Td>
                    <Table.Td ta="right">{formatBytes(variant.bytes)}</Table.Td>
                    <Table.Td ta="right">
                      {variant.facts.parameters === undefined ? '–' : formatCount(variant.facts.parameters)}
                    </Table.Td>
                    <Table.Td ta="right">
                      {variant.facts.contextTokens === undefined
                        ? '–'
                        : formatCount(variant.facts.contextTokens)}
                    </Table.Td>
                    <Table.Td>
                      <Text ff="monospace" size="xs" title={variant.digest}>
                        {variant.digest.slice(0, 12)}
                      </Text>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </Panel>
      ))}
      <More pages={models} />
    </Page>
  );
}
