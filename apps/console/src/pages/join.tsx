import { Button, NumberInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useCreateJoinToken } from '../api/calls.ts';
import { useJoinTokens } from '../api/queries.ts';
import { formatTime } from '../format/times.ts';
import { CommandLine } from '../parts/command-line.tsx';
import { DataList } from '../parts/data-list.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { More } from '../parts/more.tsx';
import { Page } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';
import { ForRole } from '../parts/role.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';

/** A join token and the command that uses it. */
export function JoinPage() {
  const [uses, setUses] = useState(1);
  const create = useCreateJoinToken();
  return (
    <Page
      title="Add a device"
      subtitle="A join token carries the address of this control plane, the fingerprint of its certificate authority and a secret."
    >
      <Panel title="1. Create a join token">
        <ForRole needs="admin">
          <form
            onSubmit={(event) => {
              event.preventDefault();
              create.mutate({ maxUses: uses });
            }}
          >
            <Stack align="flex-start" gap="sm">
              <NumberInput
                label="How many devices may use it"
                min={1}
                max={100_000}
                allowDecimal={false}
                value={uses}
                onChange={(value) => setUses(Number(value) || 1)}
              />
              <Button type="submit" loading={create.isPending}>
                Create the token
              </Button>
            </Stack>
          </form>
        </ForRole>
        <ProblemAlert error={create.error} />
      </Panel>
      {create.data !== undefined && (
        <Panel
          title="2. Run this on the box"
          hint={
            <span role="status">
              The token is shown once and works until {formatTime(create.data.view.expiresAt)}.
            </span>
          }
        >
          <Stack gap="xs">
            <CommandLine command={`flotilla-agent join ${create.data.token}`} />
            <CommandLine command="flotilla-agent run" />
          </Stack>
        </Panel>
      )}
      <JoinTokens />
    </Page>
  );
}

function JoinTokens() {
  const tokens = useJoinTokens();
  return (
    <Panel title="Join tokens">
      <Loaded query={tokens}>
        {() =>
          tokens.items.length === 0 ? (
            <Text c="dimmed" size="sm">
              None yet.
            </Text>
          ) : (
            <DataList
              label="Join tokens"
              rows={tokens.items}
              keyOf={(token) => token.id}
              columns={[
                { label: 'Created', cell: (token) => formatTime(token.createdAt) },
                { label: 'By', cell: (token) => token.createdBy },
                { label: 'Works until', cell: (token) => formatTime(token.expiresAt) },
                { label: 'Used', cell: (token) => `${token.uses} of ${token.maxUses}` },
              ]}
            />
          )
        }
      </Loaded>
      <More pages={tokens} />
    </Panel>
  );
}
