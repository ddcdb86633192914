import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startOneBox } from '../one-box.ts';
import { cpuSeconds, residentMb } from '../process-usage.ts';
import { type Figure, report } from '../report.ts';

const HELP = `Measures resident memory and processor time of the idle product.

Usage: npx nx run bench:footprint -- [--seconds N] [--json FILE]
`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    json: { type: 'string' },
    help: { type: 'boolean' },
  },
});
if (values.help) console.log(HELP);
else await main(Number(values.seconds));

async function main(seconds: number): Promise<void> {
  const box = await startOneBox();
  try {
    const processes = { agent: box.agent.pid, engine: await box.enginePid(), 'control plane': box.plane.pid };
    const figures: Figure[] = [];
    const before = new Map<string, number>();
    for (const [name, pid] of Object.entries(processes)) before.set(name, await cpuSeconds(pid));
    await delay(seconds * 1_000);
    for (const [name, pid] of Object.entries(processes)) {
      figures.push({ what: `${name}, resident`, runs: [await residentMb(pid)], unit: 'MB' });
      const spent = (await cpuSeconds(pid)) - (before.get(name) ?? 0);
      figures.push({ what: `${name}, processor`, runs: [(spent / seconds) * 100], unit: '% of a core' });
    }
    report({ title: `Idle for ${seconds} s`, figures, jsonFile: values.json });
  } finally {
    await box.stop();
  }
}
