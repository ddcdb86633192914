import type { Model } from '@flotilla/contracts';
import { Text, Title } from '@mantine/core';
import { PackageIcon } from '@primer/octicons-react';
import { useModels } from '../api/queries.ts';
import { formatBytes, formatCount } from '../format/numbers.ts';
import { DataList } from '../parts/data-list.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { More } from '../parts/more.tsx';
import { Page } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';

/** The catalogue: models with their variants. */
export function ModelsPage() {
  const models = useModels();
  return (
    <Page
      title="Models"
      subtitle="A model has variants: one GGUF file each, at one quantization, named by its digest. An adapter (LoRA) changes all of them."
    >
      <Loaded query={models}>
        {() =>
          models.items.length === 0 ? (
            <Panel>
              <EmptyState
                icon={PackageIcon}
                title="The catalogue is empty"
                command="flotilla models import FILE.gguf --model NAME --variant NAME-q8_0"
              >
                Import a GGUF file from the command line.
              </EmptyState>
            </Panel>
          ) : (
            models.items.map((model) => <ModelPanel key={model.id} model={model} />)
          )
        }
      </Loaded>
      <More pages={models} />
    </Page>
  );
}

function ModelPanel({ model }: { model: Model }) {
  return (
    <Panel
      title={model.title}
      hint={[model.licence, model.origin === 'starter' ? 'comes with Flotilla' : 'imported']
        .filter(Boolean)
        .join(' · ')}
    >
      {model.description !== '' && (
        <Text size="sm" mb="sm">
          {model.description}
        </Text>
      )}
      <DataList
        label={`Variants of ${model.title}`}
        rows={model.variants}
        keyOf={(variant) => variant.digest}
        columns={[
          // Widths, so that the tables of several models stand under each other.
          { label: 'Variant', width: '28%', cell: (variant) => variant.name },
          { label: 'Quantization', width: '17%', cell: (variant) => variant.quantization },
          { label: 'Size', width: '12%', numeric: true, cell: (variant) => formatBytes(variant.bytes) },
          {
            label: 'Parameters',
            width: '15%',
            numeric: true,
            cell: ({ facts }) => (facts.parameters === undefined ? '–' : formatCount(facts.parameters)),
          },
          {
            label: 'Context',
            width: '16%',
            numeric: true,
            cell: ({ facts }) =>
              facts.contextTokens === undefined ? '–' : `${formatCount(facts.contextTokens)} tokens`,
          },
          {
            label: 'Digest',
            width: '12%',
            cell: (variant) => <Digest of={variant.digest} />,
          },
        ]}
      />
      {model.adapters.length > 0 && <Adapters model={model} />}
    </Panel>
  );
}

function Adapters({ model }: { model: Model }) {
  return (
    <>
      <Title order={3} mt="md" mb={4}>
        Adapters
      </Title>
      <DataList
        label={`Adapters of ${model.title}`}
        rows={model.adapters}
        keyOf={(adapter) => adapter.digest}
        columns={[
          // The widths of the variants, under which they stand.
          { label: 'Adapter', width: '28%', cell: (adapter) => adapter.name },
          { label: 'Licence', width: '17%', cell: ({ facts }) => facts.licence ?? 'unknown' },
          { label: 'Size', width: '12%', numeric: true, cell: (adapter) => formatBytes(adapter.bytes) },
          {
            label: 'Parameters',
            width: '15%',
            numeric: true,
            cell: ({ facts }) => (facts.parameters === undefined ? '–' : formatCount(facts.parameters)),
          },
          {
            label: 'Rank',
            width: '16%',
            numeric: true,
            cell: ({ facts }) => (facts.rank === undefined ? '–' : formatCount(facts.rank)),
          },
          { label: 'Digest', width: '12%', cell: (adapter) => <Digest of={adapter.digest} /> },
        ]}
      />
    </>
  );
}

function Digest({ of: digest }: { of: string }) {
  return (
    <Text span ff="monospace" size="xs" title={digest}>
      {digest.slice(0, 12)}
    </Text>
  );
}
