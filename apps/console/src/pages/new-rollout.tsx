import { releaseName } from '@flotilla/contracts';
import { Button, Group, Select, Stack } from '@mantine/core';
import { useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { useCreateRollout, usePlan } from '../api/calls.ts';
import { useReleases } from '../api/queries.ts';
import { formatBytes } from '../format/numbers.ts';
import { Page } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';
import { PlanLines } from '../parts/plan-lines.tsx';
import { ForRole } from '../parts/role.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { selectorError, SelectorInput } from '../parts/selector-input.tsx';

/** Choose a release and a selector, see the plan, start. */
export function NewRolloutPage() {
  const [params] = useSearchParams();
  const [chosen, setRelease] = useState(params.get('release'));
  const [selector, setSelector] = useState('*');
  const [, navigate] = useLocation();
  const releases = useReleases();
  const plan = usePlan();
  const create = useCreateRollout();
  const names = releases.items.map((view) => releaseName(view.release));
  const release = chosen !== null && names.includes(chosen) ? chosen : null;
  const ready = release !== null && selector.trim() !== '' && selectorError(selector) === undefined;
  const asked = { release: release ?? '', selector: selector.trim() };

  return (
    <Page
      title="Start a rollout"
      subtitle="The plan shows every device with its variant, or what stops it, before a byte moves."
    >
      <Panel title="What and where">
        <ForRole needs="operator">
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (ready) plan.mutate(asked);
            }}
          >
            <Stack gap="sm" maw={560}>
              <Select
                label="Release"
                placeholder={names.length === 0 ? 'there is none yet' : 'choose one'}
                searchable
                required
                value={release}
                onChange={(name) => {
                  setRelease(name);
                  plan.reset();
                }}
                data={names}
              />
              <SelectorInput
                description="* means every device; conditions are joined by AND"
                required
                value={selector}
                onChange={(text) => {
                  setSelector(text);
                  plan.reset();
                }}
              />
              <Group mt={4}>
                <Button type="submit" variant="default" disabled={!ready} loading={plan.isPending}>
                  Show the plan
                </Button>
                <Button
                  disabled={!ready}
                  loading={create.isPending}
                  onClick={() => create.mutate(asked, { onSuccess: ({ id }) => navigate(`/rollouts/${id}`) })}
                >
                  Start the rollout
                </Button>
              </Group>
              <ProblemAlert error={plan.error ?? create.error} />
            </Stack>
          </form>
        </ForRole>
      </Panel>
      {plan.data !== undefined && (
        <Panel
          title="Plan"
          hint={
            <span role="status">
              {plan.data.fits} fit, {plan.data.doesNotFit} do not, {formatBytes(plan.data.downloadBytes)} to
              download
            </span>
          }
        >
          <PlanLines lines={plan.data.lines} />
        </Panel>
      )}
    </Page>
  );
}
