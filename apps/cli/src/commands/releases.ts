import { readFileSync } from 'node:fs';
import { Command } from '@commander-js/extra-typings';
import { FlotillaError, releaseName, ReleaseSpec, type ReleaseView } from '@flotilla/contracts';
import { allPages } from '../all-pages.ts';
import type { CliContext } from '../context.ts';
import { facts, table } from '../output/table.ts';
import { counted, number, short, time, withAdapter } from '../output/words.ts';

const EXAMPLE = `
Example of release.json:
  {
    "service": "assistant",
    "candidates": ["harbor-3.5m-r4-q8_0", "harbor-1m-r4-q8_0"],
    "intent": { "contextTokens": 2048, "memoryShare": 0.5 },
    "goldenPrompts": [
      { "id": "greets", "messages": [{ "role": "user", "content": "hello" }],
        "expect": { "kind": "regex", "pattern": "." } }
    ]
  }
With "adapters": [{ "name": "shop-lora" }] the candidates of its model are
loaded with that adapter; "scale" (default 1) says how strongly.`;

export const releasesCommand = (context: CliContext) =>
  new Command('releases')
    .description('What a service is, immutable and signed.')
    .addCommand(create(context))
    .addCommand(list(context))
    .addCommand(show(context));

const create = ({ client, print }: CliContext) =>
  new Command('create')
    .description('Creates and signs a release from a JSON file.')
    .argument('<file>', 'the specification; - reads standard input')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLE)
    .action(async (file, { json }) => {
      const view = await (await client().api.v1.releases.$post({ json: readSpec(file) })).json();
      print({
        json,
        value: view,
        text: `Created ${releaseName(view.release)} (${short(view.digest)}). Roll it out:\n  flotilla rollouts start ${releaseName(view.release)} --selector '*'`,
      });
    });

/** @throws FlotillaError `invalid-input` naming every field that is wrong. */
function readSpec(file: string): ReleaseSpec {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch (cause) {
    throw new FlotillaError(
      'invalid-input',
      `${file} is not readable JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  const spec = ReleaseSpec.safeParse(value);
  if (spec.success) return spec.data;
  const problems = spec.error.issues.map(
    (issue) => `  ${issue.path.join('.') || '(root)'}: ${issue.message}`,
  );
  throw new FlotillaError('invalid-input', `${file} is not a release:\n${problems.join('\n')}`, {
    details: { fix: 'See `flotilla releases create --help` for an example.' },
  });
}

const list = ({ client, print }: CliContext) =>
  new Command('list')
    .description('Lists releases, newest first.')
    .option('--service <name>', 'of this service only')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  flotilla releases list --service assistant')
    .action(async ({ service, json }) => {
      const views = await allPages(async (cursor) =>
        (
          await client().api.v1.releases.$get({
            query: { ...(service === undefined ? {} : { service }), ...cursor },
          })
        ).json(),
      );
      print({ json, value: views, text: views.length === 0 ? 'No release.' : listText(views) });
    });

function listText(views: readonly ReleaseView[]): string {
  return table(
    ['release', 'digest', 'candidates', 'created'],
    views.map(({ release, digest }) => [
      releaseName(release),
      short(digest),
      number(release.candidates.length),
      time(release.createdAt),
    ]),
  );
}

const show = ({ client, print }: CliContext) =>
  new Command('show')
    .description('Shows a release.')
    .argument('<release>', 'as assistant@3, or its digest')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  flotilla releases show assistant@1')
    .action(async (ref, { json }) => {
      const view = await (await client().api.v1.releases[':ref'].$get({ param: { ref } })).json();
      const { release } = view;
      print({
        json,
        value: view,
        text: [
          facts([
            ['Release', releaseName(release)],
            ['Digest', view.digest],
            ['Created', `${time(release.createdAt)} UTC by ${view.createdBy}`],
            ['About', release.description || undefined],
            ['Context', `${number(release.intent.contextTokens)} tokens × ${release.intent.sequences}`],
            [
              'Least speed',
              release.intent.minTokensPerSecond === undefined
                ? undefined
                : `${number(release.intent.minTokensPerSecond)} tokens/s`,
            ],
            ['Memory', `at most ${number(release.intent.memoryShare * 100)} % of the device`],
            ['Golden', counted(release.goldenPrompts.length, 'prompt')],
            ['Requires', release.requires.join(', ')],
          ]),
          [
            'Candidates, preferred first:',
            ...release.candidates.map(
              ({ variant, adapter }, index) => `  ${index + 1}. ${variant}${withAdapter(adapter)}`,
            ),
          ].join('\n'),
        ].join('\n\n'),
      });
    });
