import { FlotillaError } from '@flotilla/contracts';
import { Command, Option } from 'commander';
import { checkParity } from '../export/check-parity.ts';
import { exportFlx } from '../export/export-flx.ts';
import { isQuant, QUANTS } from '../gguf/tensor-type.ts';
import { createProgress } from './progress.ts';
import { runCommand } from './run-command.ts';

/** Differences of log-probability up to here come from rounding; more means another network. */
const ROUNDING = { f16: 0.05, q8_0: 0.5, q4_0: Infinity } as const;

const command = new Command('foundry:export')
  .description('Turns a training export (*.flx, see tools/foundry/python/EXPORT.md) into a GGUF.')
  .argument('<file>', 'the training export')
  .addOption(new Option('--quant <type>', 'type of the matrices').choices(Object.keys(QUANTS)).default('f16'))
  .option('--out <file>', 'the GGUF to write; an existing file is replaced')
  .option('--no-check', 'do not compare the GGUF with the parity samples of the export')
  .addHelpText(
    'after',
    `
Examples:
  npx nx run foundry:export -- /tmp/foundry/export/s.flx --quant f16 --out /tmp/s-f16.gguf
  npx nx run foundry:export -- /tmp/foundry/export/l.flx --quant q4_0 --out /tmp/l-q4_0.gguf

Paths count from the workspace root. Exits 1 when the GGUF tokenizes otherwise than the trainer,
or predicts otherwise by more than rounding explains.`,
  )
  .action(exportModel);

async function exportModel(
  source: string,
  options: { quant: string; out?: string; check: boolean },
): Promise<void> {
  const { quant, out } = options;
  if (!isQuant(quant))
    throw new FlotillaError(
      'invalid-input',
      `--quant ${quant} is not known; use ${Object.keys(QUANTS).join(', ')}`,
    );
  if (!out)
    throw new FlotillaError(
      'invalid-input',
      '--out is missing; name the file to write, for example --out /tmp/model.gguf',
    );
  const progress = createProgress(`${source} to ${quant}`);
  const model = await exportFlx({
    source,
    quant,
    path: out,
    onProgress: ({ writtenBytes, totalBytes }) => progress(writtenBytes, totalBytes),
  });
  process.stdout.write(
    `${model.path}: ${model.name}, ${model.bytes} bytes, ${model.parameters} parameters\n`,
  );
  if (options.check) await check({ source, model: out, quant });
}

async function check({
  source,
  model,
  quant,
}: {
  source: string;
  model: string;
  quant: keyof typeof ROUNDING;
}): Promise<void> {
  const report = await checkParity({ source, model });
  const { samples, tokenizedOtherwise, predictions, otherFirstChoice, largestLogProbError } = report;
  process.stdout.write(
    samples === 0
      ? 'parity: not checked, the export carries no samples\n'
      : `parity: ${samples - tokenizedOtherwise.length} of ${samples} texts tokenized alike; ${predictions - otherFirstChoice} of ${predictions} first choices alike, log-probabilities at most ${largestLogProbError.toFixed(4)} apart\n`,
  );
  for (const { text, trainer, gguf } of tokenizedOtherwise) {
    process.stderr.write(
      `tokenized otherwise: ${JSON.stringify(text)} trainer [${trainer.join(' ')}] GGUF [${gguf.join(' ')}]\n`,
    );
  }
  if (tokenizedOtherwise.length > 0 || largestLogProbError > ROUNDING[quant]) process.exitCode = 1;
}

await runCommand(command);
