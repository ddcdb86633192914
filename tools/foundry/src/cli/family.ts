import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FlotillaError } from '@flotilla/contracts';
import { starterModels, starterScores, suites } from '@flotilla/starter-models';
import { Command } from 'commander';
import { checkParity } from '../export/check-parity.ts';
import { exportFlx } from '../export/export-flx.ts';
import { openFlx } from '../export/read-flx.ts';
import { indexFamily } from '../family/index-family.ts';
import { scoreFamily } from '../family/score-family.ts';
import { QUANTS, type Quant } from '../gguf/tensor-type.ts';
import { createProgress } from './progress.ts';
import { runCommand } from './run-command.ts';

const PACKAGE = 'libs/starter-models';
const MODELS = join(PACKAGE, 'models');

const command = new Command('foundry:family')
  .description('Makes the committed starter models, their list and their scores.')
  .addHelpText(
    'after',
    `
Examples:
  npx nx run foundry:family -- export --from /tmp/foundry/export
  npx nx run foundry:family -- index
  npx nx run foundry:family -- score`,
  );
command
  .command('export')
  .description(`every *.flx of a folder, in every quantization, into ${MODELS}; then the list`)
  .requiredOption('--from <folder>', 'where the training exports are')
  .action(exportFamily);
command.command('index').description(`${PACKAGE}/models.json from the files`).action(writeIndex);
command
  .command('score')
  .description(`${PACKAGE}/scores.json: every model on every suite; unchanged ones are kept`)
  .action(writeScores);

async function exportFamily({ from }: { from: string }): Promise<void> {
  const sources = (await readdir(from)).filter((file) => file.endsWith('.flx'));
  if (sources.length === 0)
    throw new FlotillaError('not-found', `--from ${from} holds no *.flx; export the training first`);
  await mkdir(MODELS, { recursive: true });
  for (const file of sources) {
    const source = join(from, file);
    const name = await nameOf(source);
    for (const quant of Object.keys(QUANTS) as Quant[]) {
      const path = join(MODELS, `${name}-${quant}.gguf`);
      const { bytes } = await exportFlx({ source, quant, path });
      const { samples, tokenizedOtherwise, largestLogProbError } = await checkParity({ source, model: path });
      if (tokenizedOtherwise.length > 0) {
        throw new FlotillaError(
          'gguf-invalid',
          `${path} tokenizes ${tokenizedOtherwise.length} of ${samples} samples otherwise`,
        );
      }
      const apart = samples > 0 ? `, log-probabilities at most ${largestLogProbError.toFixed(4)} apart` : '';
      process.stdout.write(`${path}: ${bytes} bytes${apart}\n`);
    }
  }
  await writeIndex();
}

async function nameOf(source: string): Promise<string> {
  await using flx = await openFlx(source);
  return flx.header.name;
}

async function writeIndex(): Promise<void> {
  const entries = await indexFamily(MODELS);
  await replaceJson('models.json', entries);
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  process.stdout.write(`${PACKAGE}/models.json: ${entries.length} models, ${(bytes / 1e6).toFixed(1)} MB\n`);
}

async function writeScores(): Promise<void> {
  const scores = await scoreFamily({
    models: starterModels(),
    suites: suites(),
    known: starterScores(),
    onScore: (sofar) => replaceJson('scores.json', sofar),
    onProgress: createProgress,
  });
  await replaceJson('scores.json', scores);
  for (const { variant, suite, accuracy, low, high } of scores) {
    const [share, from, to] = [accuracy, low, high].map((value) => (100 * value).toFixed(1));
    process.stdout.write(`${variant.padEnd(20)} ${suite.padEnd(10)} ${share} % (${from} to ${to})\n`);
  }
}

async function replaceJson(file: string, value: unknown): Promise<void> {
  const path = join(PACKAGE, file);
  await writeFile(`${path}.part`, `${JSON.stringify(value, null, 2)}\n`);
  await rename(`${path}.part`, path);
}

await runCommand(command);
