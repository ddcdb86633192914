import { RocketIcon } from '@primer/octicons-react';
import { useRollouts } from '../api/queries.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { More } from '../parts/more.tsx';
import { Page } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';
import { RoleButton } from '../parts/role.tsx';
import { RolloutRows } from '../parts/rollout-rows.tsx';

export function RolloutsPage() {
  const rollouts = useRollouts();
  return (
    <Page
      title="Rollouts"
      action={
        <RoleButton needs="operator" href="/rollouts/new">
          Start a rollout
        </RoleButton>
      }
    >
      <Panel>
        <Loaded query={rollouts}>
          {() =>
            rollouts.items.length === 0 ? (
              <EmptyState
                icon={RocketIcon}
                title="No rollout yet"
                command="flotilla rollouts start assistant@1 --selector '*'"
              >
                A rollout brings a release to the devices that its selector matches.
              </EmptyState>
            ) : (
              <RolloutRows rollouts={rollouts.items} />
            )
          }
        </Loaded>
        <More pages={rollouts} />
      </Panel>
    </Page>
  );
}
