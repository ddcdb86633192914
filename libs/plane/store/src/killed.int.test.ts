import { fileURLToPath } from 'node:url';
import { decide, type DecisionInputs } from '@flotilla/plane-rollout';
import { spawnNode } from '@flotilla/testkit';
import { expect, it } from 'vitest';
import { describeOnEngines } from '../test/engines.ts';
import { createPlane } from '../test/plane.ts';
import { batch, row } from '../test/telemetry-rows.ts';

const script = (name: string): string => fileURLToPath(new URL(`../test/kill/${name}.ts`, import.meta.url));

/** So that each round is killed at another point, and every run at other points than the last one. */
const somewhere = (): number => 1 + Math.floor(Math.random() * 12);

const DEADLINE = { deadlineMs: 60_000 };

describeOnEngines('a control plane killed with SIGKILL', ({ newUrl, open }) => {
  it('in the middle of ingest has counted what it acknowledged, and nothing twice', async () => {
    const url = await newUrl();
    let acknowledged = 0;
    for (let round = 0; round < 3; round++) {
      const child = spawnNode({ script: script('ingest'), args: [url, String(acknowledged + 1)] });
      await child.ready(new RegExp(`(acknowledged \\d+\\n[^]*){${somewhere()}}`), DEADLINE);
      await child.kill9();
      // What the device heard of; the control plane may have committed more.
      acknowledged = Math.max(acknowledged, lastAcknowledged(child.output()));
    }
    const store = await open(url);
    const { telemetry, clock } = createPlane({ store });
    const rows = Array.from({ length: 5 }, (_, i) => row(acknowledged + 1 + i));
    const { upTo } = await telemetry.ingest(batch('device', rows), clock.now());
    const totals = await telemetry.totals({ from: 0, to: clock.now() + 86_400_000 });
    expect(upTo).toBeGreaterThanOrEqual(acknowledged + 5);
    expect(totals.requests).toBe(2 * upTo);
    expect(totals.ttftMs).toMatchObject({ count: upTo, sum: (upTo * (upTo + 1)) / 2 });
  });

  it('in the middle of a rollout goes on where it was', async () => {
    const url = await newUrl();
    for (let round = 0; round < 4; round++) {
      const child = spawnNode({ script: script('rollout'), args: [url] });
      await child.ready(/ready/, DEADLINE);
      await child.ready(new RegExp(`(step\\n[^]*){${somewhere()}}|completed`), DEADLINE);
      await child.kill9();
    }
    await spawnNode({ script: script('rollout'), args: [url] }).ready(/completed/, DEADLINE);
    const plane = createPlane({ store: await open(url) });
    const [rollout] = (await plane.rollouts.list()).items;
    expect(rollout).toMatchObject({ state: 'completed' });
    expect(rollout?.batches.map((b) => [b.state, b.succeeded])).toEqual([
      ['passed', 2],
      ['passed', 4],
      ['passed', 6],
    ]);
    await plane.rollouts.tick();
    for await (const desired of plane.registry.listDesired()) {
      // Each device was told once to go; nothing told it twice.
      expect(desired).toMatchObject({
        generation: 1,
        pinned: [],
        services: [{ revision: 1, activation: 'go' }],
      });
    }
    const { items } = await plane.rollouts.decisions(rollout?.id ?? '', { limit: 100 });
    expect(items.filter((d) => d.decision === 'open-batch')).toHaveLength(3);
    for (const { decision, inputs } of items.filter((item) => item.decision !== 'start')) {
      expect(decide(inputs as unknown as DecisionInputs).kind).toBe(decision);
    }
  });
});

function lastAcknowledged(output: string): number {
  return Number([...output.matchAll(/acknowledged (\d+)\n/g)].at(-1)?.[1] ?? 0);
}
