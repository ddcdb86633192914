import { Command, Option } from 'commander';
import { FlotillaError } from '@flotilla/contracts';
import { parameterCount, sizeLabel } from '../gguf/decoder-model.ts';
import { isQuant, QUANTS } from '../gguf/tensor-type.ts';
import { isSynthShapeName, SYNTH_SHAPES } from '../synth/shapes.ts';
import { writeSynthModel } from '../synth/write-synth-model.ts';
import { createProgress } from './progress.ts';
import { runCommand } from './run-command.ts';

const command = new Command('foundry:synth')
  .description("Writes a GGUF of a real model's shape with random weights, for memory and speed work.")
  .addOption(new Option('--shape <name>', '"list" shows every shape').makeOptionMandatory())
  .addOption(
    new Option('--quant <type>', 'type of the matrices').choices(Object.keys(QUANTS)).default('q8_0'),
  )
  .option('--out <file>', 'the GGUF to write; an existing file is replaced')
  .option('--seed <number>', 'same shape, quantization and seed give the same bytes', '1')
  .addHelpText(
    'after',
    `
Examples:
  npx nx run foundry:synth -- --shape list
  npx nx run foundry:synth -- --shape tiny --out /tmp/tiny.gguf
  npx nx run foundry:synth -- --shape qwen2.5-0.5b --quant q8_0 --out /tmp/qwen.gguf

Paths count from the workspace root. The weights repeat one random block, which loads and runs at the
speed and in the memory of the real model; the answers mean nothing.`,
  )
  .action(synth);

async function synth({
  shape,
  quant,
  out,
  seed,
}: Record<'shape' | 'quant' | 'out' | 'seed', string | undefined>): Promise<void> {
  if (shape === 'list') return printShapes();
  if (!shape || !isSynthShapeName(shape)) {
    throw new FlotillaError(
      'invalid-input',
      `--shape ${shape} is not known; use one of ${Object.keys(SYNTH_SHAPES).join(', ')}`,
    );
  }
  if (!quant || !isQuant(quant))
    throw new FlotillaError(
      'invalid-input',
      `--quant ${quant} is not known; use ${Object.keys(QUANTS).join(', ')}`,
    );
  if (!out)
    throw new FlotillaError(
      'invalid-input',
      '--out is missing; name the file to write, for example --out /tmp/model.gguf',
    );
  if (!seed || !/^\d{1,9}$/.test(seed))
    throw new FlotillaError('invalid-input', `--seed ${seed} must be a whole number below 1000000000`);
  const progress = createProgress(`${shape} ${quant}`);
  const model = await writeSynthModel({
    shape,
    quant,
    path: out,
    seed: Number(seed),
    onProgress: ({ writtenBytes, totalBytes }) => progress(writtenBytes, totalBytes),
  });
  process.stdout.write(`${model.path}: ${model.bytes} bytes, ${model.parameters} parameters\n`);
}

function printShapes(): void {
  for (const [name, shape] of Object.entries(SYNTH_SHAPES)) {
    const facts = [
      name.padEnd(16),
      sizeLabel(parameterCount(shape)).padStart(6),
      shape.architecture.padEnd(6),
      `context ${shape.contextLength}`.padEnd(15),
      `vocabulary ${shape.vocabularySize}`,
    ];
    process.stdout.write(`${facts.join('  ')}\n`);
  }
}

await runCommand(command);
