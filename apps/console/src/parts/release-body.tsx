import { releaseName, type ReleaseView } from '@flotilla/contracts';
import { List, Stack, Text, Title } from '@mantine/core';
import { formatBytes, formatNumber, formatShare } from '../format/numbers.ts';
import { adapterText } from './adapter-text.ts';
import { Facts } from './facts.tsx';
import { RoleButton } from './role.tsx';

/** What a release says. */
export function ReleaseBody({ view: { release, digest } }: { view: ReleaseView }) {
  const { intent, sampling } = release;
  return (
    <Stack gap="md">
      {release.description !== '' && <Text size="sm">{release.description}</Text>}
      <div>
        <Title order={3} mb={4}>
          Candidates, preferred first
        </Title>
        <List type="ordered" size="sm">
          {release.candidates.map((candidate) => (
            <List.Item key={candidate.digest}>
              {candidate.variant}{' '}
              <Text span inherit c="dimmed">
                {candidate.quantization}, {formatBytes(candidate.bytes)}
                {candidate.adapter !== undefined && `, with ${adapterText(candidate.adapter)}`}
              </Text>
            </List.Item>
          ))}
        </List>
      </div>
      <Facts
        facts={[
          ['Context', `${formatNumber(intent.contextTokens)} tokens`],
          [
            'Least speed',
            intent.minTokensPerSecond === undefined
              ? 'none asked for'
              : `${formatNumber(intent.minTokensPerSecond)} tokens/s`,
          ],
          ['Share of memory', formatShare(intent.memoryShare)],
          ['Temperature', formatNumber(sampling.temperature)],
          ['Golden prompts', formatNumber(release.goldenPrompts.length)],
          [
            'Digest',
            <Text key="digest" span ff="monospace" size="xs" title={digest}>
              {digest.slice(0, 12)}
            </Text>,
          ],
        ]}
      />
      <Text size="xs" c="dimmed">
        An agent must have {release.requires.join(', ')}.
      </Text>
      <RoleButton
        needs="operator"
        href={`/rollouts/new?release=${encodeURIComponent(releaseName(release))}`}
        variant="default"
        style={{ alignSelf: 'flex-start' }}
      >
        Roll out {releaseName(release)}
      </RoleButton>
    </Stack>
  );
}
