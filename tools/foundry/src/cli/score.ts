import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { FlotillaError } from '@flotilla/contracts';
import { readSuite, SUITE_NAMES, suites } from '@flotilla/starter-models';
import { Command, Option } from 'commander';
import { scoreSuite, type Score } from '../score/score-suite.ts';
import type { Tally } from '../score/tally.ts';
import { createProgress } from './progress.ts';
import { runCommand } from './run-command.ts';

const command = new Command('foundry:score')
  .description('Asks a model the items of a test set and counts exact matches.')
  .requiredOption('--model <file>', 'the GGUF')
  .addOption(
    new Option(
      '--suite <name>',
      `${SUITE_NAMES.join(', ')}, or a *.jsonl of the same form`,
    ).makeOptionMandatory(),
  )
  .option('--limit <items>', 'only the first items')
  .option('--wrong <items>', 'show that many wrong answers', '0')
  .option('--json', 'print the score as JSON')
  .addHelpText(
    'after',
    `
Examples:
  npx nx run foundry:score -- --model libs/starter-models/models/harbor-1m-r4-q8_0.gguf --suite held-out
  npx nx run foundry:score -- --model /tmp/m.gguf --suite known --limit 100 --wrong 5
  npx nx run foundry:score -- --model /tmp/m.gguf --suite perturbed --json

Paths count from the workspace root. Greedy, one thread, no grammar. JSON is compared whatever its key order.
Shares come with Wilson's 95 % interval.`,
  )
  .action(score);

type Options = { model: string; suite: string; limit?: string; wrong: string; json?: boolean };

async function score({ model, suite, limit, wrong, json }: Options): Promise<void> {
  if (!existsSync(model))
    throw new FlotillaError('not-found', `--model ${model} does not exist; name a GGUF file`);
  const path = suites().find(({ name }) => name === suite)?.path ?? suite;
  if (!existsSync(path)) {
    throw new FlotillaError(
      'not-found',
      `--suite ${suite} is not known; use ${SUITE_NAMES.join(', ')} or a *.jsonl file`,
    );
  }
  const items = readSuite({ path }).slice(0, limit === undefined ? undefined : count('--limit', limit));
  const result = await scoreSuite({
    modelPath: model,
    items,
    onProgress: createProgress(`${basename(model)} ${suite}`),
  });
  const shown = result.wrong.slice(0, count('--wrong', wrong));
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ model: basename(model), suite, ...result, wrong: shown }, null, 2)}\n`,
    );
  } else {
    printScore(basename(model), suite, result);
    for (const { id, expected, got } of shown)
      process.stdout.write(
        `\n${id}\n  expected ${JSON.stringify(expected)}\n  got      ${JSON.stringify(got)}\n`,
      );
  }
}

function printScore(model: string, suite: string, result: Score): void {
  const speed = Math.round((result.promptTokens + result.generatedTokens) / result.seconds);
  process.stdout.write(
    `${model} on ${suite}: ${share(result)}, ${result.seconds.toFixed(1)} s, ${speed} tokens/s\n`,
  );
  for (const [name, group] of [...Object.entries(result.bySkill), ...Object.entries(result.byLanguage)]) {
    process.stdout.write(`  ${name.padEnd(10)} ${share(group)}\n`);
  }
}

function share({ accuracy, low, high, correct, items }: Tally): string {
  const percent = (value: number): string => (100 * value).toFixed(1);
  return `${percent(accuracy)} % (${percent(low)} to ${percent(high)}), ${correct} of ${items}`;
}

function count(flag: string, text: string): number {
  if (!/^\d{1,6}$/.test(text))
    throw new FlotillaError('invalid-input', `${flag} ${text} must be a whole number`);
  return Number(text);
}

await runCommand(command);
