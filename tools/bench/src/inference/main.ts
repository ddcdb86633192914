import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { dirname } from 'node:path';
import { isFlotillaError } from '@flotilla/contracts';
import { HELP, readArguments, type BenchOptions } from './arguments.ts';
import { benchModel } from './bench-models.ts';
import { benchOneModel, type ModelResult } from './bench-one-model.ts';
import { measureGrowth, type GrowthResult } from './measure-growth.ts';
import { printGrowth, printModel } from './print-results.ts';

const interrupted = new AbortController();
process.once('SIGINT', () => {
  process.stderr.write('\nstopping; once more to stop at once\n');
  interrupted.abort(new TypeError('interrupted'));
  process.once('SIGINT', () => process.exit(130));
});

try {
  const options = readArguments(process.argv.slice(2));
  if (options === undefined) console.log(HELP);
  else await main(options, interrupted.signal);
} catch (error) {
  if (interrupted.signal.aborted) process.exitCode = 130;
  else if (isFlotillaError(error) && error.code === 'invalid-input') {
    console.error(`${error.message}\n\n${HELP}`);
    process.exitCode = 2;
  } else throw error;
}

async function main(options: BenchOptions, signal: AbortSignal): Promise<void> {
  if (options.peer === undefined)
    console.log('No peer was named (--peer-bin, --peer-url): these are our figures alone.');
  const results: ModelResult[] = [];
  const growth: GrowthResult[] = [];
  const loadBefore = loadavg()[0];
  for (const name of options.models) {
    const model = await benchModel(name, options.modelFolder);
    const result = await benchOneModel(model, options, signal);
    results.push(result);
    printModel(result);
    if (options.growth) growth.push(...(await measureGrowth(model, options, signal)));
    await save(options, { results, growth, loadBefore });
  }
  printGrowth(growth);
  console.log(`\nload of the machine: ${loadBefore?.toFixed(1)} before, ${loadavg()[0]?.toFixed(1)} after`);
}

async function save({ jsonFile, peer }: BenchOptions, measured: object): Promise<void> {
  if (jsonFile === undefined) return;
  await mkdir(dirname(jsonFile), { recursive: true });
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, loadAfter: loadavg()[0] };
  await writeFile(
    jsonFile,
    `${JSON.stringify({ title: 'inference', at: Date.now(), machine, peer, ...measured }, null, 2)}\n`,
  );
}
