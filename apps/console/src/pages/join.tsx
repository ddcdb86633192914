import { Button, NumberInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useCreateJoinToken, useJoinTokens } from '../api/queries.ts';
import { formatTime } from '../format/times.ts';
import { CommandLine } from '../parts/empty-state.tsx';
import { Facts } from '../parts/facts.tsx';
import { Page, ProblemAlert } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';

/** A join token and the command that uses it. */
export function JoinPage() {
  const [uses, setUses] = useState(1);
  const create = useCreateJoinToken();
  const tokens = useJoinTokens();
  return (
    <Page
      title="Add a device"
      subtitle="A join token carries the address of this control plane, the fingerprint of its certificate authority and a secret."
    >
      <Panel title="1. Create a join token">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate({ maxUses: uses });
          }}
        >
          <Stack align="flex-start">
            <NumberInput
              label="How many devices may use it"
              min={1}
              max={100_000}
              value={uses}
              onChange={(value) => setUses(Number(value) || 1)}
            />
            <Button type="submit" loading={create.isPending}>
              Create the token
            </Button>
          </Stack>
        </form>
        <ProblemAlert error={create.error} />
      </Panel>
      {create.data !== undefined && (
        <Panel
          title="2. Run this on the box"
          hint={`It is shown once and works until ${formatTime(create.data.view.expiresAt)}.`}
        >
          <Stack>
            <CommandLine command={`flotilla-agent join ${create.data.token}`} />
            <CommandLine command="flotilla-agent run" />
          </Stack>
        </Panel>
      )}
      <Panel title="Join tokens">
        {tokens.items.length === 0 ? (
          <Text c="dimmed" size="sm">
            None yet.
          </Text>
        ) : (
          <Stack>
            {tokens.items.map((token) => (
              <Facts
                key={token.id}
                columns={4}
                facts={[
                  ['Created by', token.createdBy],
                  ['Created', formatTime(token.createdAt)],
                  ['Works until', formatTime(token.expiresAt)],
                  ['Used', `${token.uses} of ${token.maxUses}`],
                ]}
              />
            ))}
          </Stack>
        )}
      </Panel>
    </Page>
  );
}
