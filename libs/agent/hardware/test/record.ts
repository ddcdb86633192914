/*
 * Copies what the probes read of this machine's kernel into fixtures/recorded, with what they make of it beside it.
 * Run by `npx nx run agent-hardware:record`; the tests then read the tree as if it were a machine.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { linuxProbes } from '../src/probes/linux-probes.ts';
import { kernelFiles, type KernelFiles } from '../src/proc/read-text.ts';

const ROOT = fileURLToPath(new URL('../fixtures/recorded', import.meta.url));
/** Named machines are nobody else's business; a fixture shows a boot id, not ours. */
const BOOT_ID = '00000000-0000-4000-8000-000000000000\n';

/** Notes every file that the probes ask for. */
function recording(files: KernelFiles, texts: Map<string, string>): KernelFiles {
  return {
    async text(path) {
      const text = await files.text(path);
      if (text !== undefined) texts.set(path.replace(/^\//, ''), text);
      return text;
    },
    names: (path) => files.names(path),
  };
}

const texts = new Map<string, string>();
await readings(recording(kernelFiles(), texts));
texts.set('proc/sys/kernel/random/boot_id', BOOT_ID);
texts.set('proc/self/mounts', (texts.get('proc/self/mounts') ?? '').replace(/^(?!cgroup).*\n/gm, ''));
texts.set(
  'proc/self/status',
  /^Cpus_allowed_list:.*\n/m.exec(texts.get('proc/self/status') ?? '')?.[0] ?? '',
);
texts.set('proc/cpuinfo', (texts.get('proc/cpuinfo') ?? '').split('\n\n')[0] + '\n');

await rm(ROOT, { recursive: true, force: true });
for (const [path, text] of texts) {
  const file = join(ROOT, 'files', unnamed(path));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, unnamed(text));
}
const facts = await readings(kernelFiles(join(ROOT, 'files')));
await writeFile(join(ROOT, 'readings.json'), `${JSON.stringify(facts, undefined, 2)}\n`);
console.log(`${texts.size} files in ${ROOT}`);

/** Groups of sessions and containers are named by random ids, which say nothing to a reader. */
function unnamed(text: string): string {
  return text.replace(/\b[0-9a-f]{32,64}\b/g, 'session');
}

async function readings(files: KernelFiles) {
  const probes = linuxProbes(files);
  return {
    os: await probes.os(),
    machine: await probes.machine(),
    cpu: await probes.cpu(),
    affinity: await probes.affinity(),
    controlGroups: await probes.controlGroups(),
    memory: await probes.memory(),
    power: await probes.power(),
    temperature: await probes.temperature(),
    boot: await probes.boot(),
  };
}
