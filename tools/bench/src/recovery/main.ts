import { parseArgs } from 'node:util';
import { waitFor } from '@flotilla/testkit';
import { type OneBox, startOneBox } from '../one-box.ts';
import { type Figure, report } from '../report.ts';

const HELP = `Measures how long the product takes to come back from faults, with real processes killed by SIGKILL.

Usage: npx nx run bench:recovery -- [--runs N] [--json FILE]

The limits beside the figures are those the product promises; see docs/guide/faults.md.
`;

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, json: { type: 'string' }, help: { type: 'boolean' } },
});
if (values.help) console.log(HELP);
else await main(Number(values.runs));

async function main(runs: number): Promise<void> {
  const started = performance.now();
  const box = await startOneBox();
  const first: Figure = {
    what: 'fresh control plane and agent to the first answer',
    runs: [performance.now() - started],
    unit: 'ms',
  };
  try {
    const figures = [
      first,
      await measure('engine killed: to the next answer', runs, () => engineKilled(box), {
        name: 'promise',
        value: 3_000,
      }),
      await measure('agent killed and started: to the next answer', runs, () => agentKilled(box)),
      await measure('control plane killed and started: to the device being online', runs, () =>
        planeKilled(box),
      ),
      await measure('agent asked to stop: to its end', runs, () => agentStopped(box), {
        name: 'promise',
        value: 5_000,
      }),
    ];
    report({ title: `Recovery, ${runs} runs`, figures, jsonFile: values.json });
  } finally {
    await box.stop();
  }
}

async function measure(
  what: string,
  runs: number,
  run: () => Promise<number>,
  peer?: Figure['peer'],
): Promise<Figure> {
  const figure: Figure = { what, runs: [], unit: 'ms', ...(peer === undefined ? {} : { peer }) };
  for (let done = 0; done < runs; done += 1) {
    process.stderr.write(`${what}: run ${done + 1} of ${runs}\n`);
    figure.runs.push(await run());
  }
  return figure;
}

async function engineKilled(box: OneBox): Promise<number> {
  await box.answers();
  process.kill(await box.enginePid(), 'SIGKILL');
  return timed(() => box.answers());
}

async function agentKilled(box: OneBox): Promise<number> {
  await box.agent.kill9();
  return timed(async () => {
    await box.startAgent();
    await box.answers();
  });
}

async function planeKilled(box: OneBox): Promise<number> {
  await online(box);
  await box.plane.kill9();
  const spent = await timed(async () => {
    await box.startPlane();
    await online(box);
  });
  return spent;
}

async function agentStopped(box: OneBox): Promise<number> {
  const spent = await timed(() => box.agent.stop());
  await box.startAgent();
  await box.answers();
  return spent;
}

async function online(box: OneBox): Promise<void> {
  await waitFor(
    async () => (await (await box.client.api.v1.devices.$get({ query: {} })).json()).items[0]?.online,
    {
      what: 'the device is online',
      deadlineMs: 120_000,
      everyMs: 50,
    },
  );
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
