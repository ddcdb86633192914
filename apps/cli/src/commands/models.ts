import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { FlotillaError, type Model } from '@flotilla/contracts';
import { allPages } from '../all-pages.ts';
import type { CliContext } from '../context.ts';
import { facts, table } from '../output/table.ts';
import { bytes, number, short } from '../output/words.ts';

export const modelsCommand = (context: CliContext) =>
  new Command('models')
    .description('The catalogue: models with their variants.')
    .addCommand(list(context))
    .addCommand(show(context))
    .addCommand(importFile(context));

const list = ({ client, print }: CliContext) =>
  new Command('list')
    .description('Lists models and their variants.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  flotilla models list')
    .action(async ({ json }) => {
      const models = await allPages(async (cursor) =>
        (await client().api.v1.models.$get({ query: cursor })).json(),
      );
      print({
        json,
        value: models,
        text:
          models.length === 0 ? 'The catalogue is empty: `flotilla models import FILE`.' : listText(models),
      });
    });

function listText(models: readonly Model[]): string {
  return table(
    ['variant', 'model', 'quantization', 'size', 'licence'],
    models.flatMap((model) =>
      model.variants.map((variant) => [
        variant.name,
        model.id,
        variant.quantization,
        bytes(variant.bytes),
        model.licence,
      ]),
    ),
  );
}

const show = ({ client, print }: CliContext) =>
  new Command('show')
    .description('Shows a model with what its files say of themselves.')
    .argument('<model>', 'its id')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  flotilla models show harbor-3.5m-r2')
    .action(async (modelId, { json }) => {
      const model = await (await client().api.v1.models[':modelId'].$get({ param: { modelId } })).json();
      print({
        json,
        value: model,
        text: [
          facts([
            ['Model', model.id],
            ['Title', model.title],
            ['Licence', model.licence],
            ['Origin', model.origin],
            ['About', model.description || undefined],
          ]),
          table(
            ['variant', 'size', 'parameters', 'context', 'sha256'],
            model.variants.map(({ name, bytes: size, digest, facts: gguf }) => [
              name,
              bytes(size),
              gguf.parameters === undefined ? '-' : number(gguf.parameters),
              gguf.contextTokens === undefined ? '-' : number(gguf.contextTokens),
              short(digest),
            ]),
          ),
        ].join('\n\n'),
      });
    });

const importFile = ({ client, print, note, signal }: CliContext) =>
  new Command('import')
    .description(
      'Brings a GGUF file into the catalogue: its header is read, its chunks are hashed, its bytes are stored.',
    )
    .argument('<file>', 'the GGUF file')
    .requiredOption('--model <id>', 'the model it is a variant of, such as qwen2.5-0.5b')
    .option('--variant <name>', 'its own name; default: the file name without .gguf, in lower case')
    .option('--title <text>', 'what people read; default: the name in the file')
    .option('--licence <name>', 'its licence; default: what the file says')
    .option('--sha256 <digest>', 'refuse the file unless its digest is this one')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  flotilla models import qwen2.5-0.5b-instruct-q8_0.gguf --model qwen2.5-0.5b --licence apache-2.0',
    )
    .action(async (file, { model, variant, title, licence, sha256, json }) => {
      const size = await sizeOf(file);
      const name =
        variant ??
        basename(file)
          .replace(/\.gguf$/i, '')
          .toLowerCase();
      const { id } = await (
        await client().api.v1.imports.$post({
          json: {
            modelId: model,
            variant: name,
            ...(title === undefined ? {} : { title }),
            ...(licence === undefined ? {} : { licence }),
            ...(sha256 === undefined ? {} : { sha256 }),
          },
        })
      ).json();
      note(`Sending ${bytes(size)} ...`);
      const { variant: made, isNew } = await client().putImportFile({
        importId: id,
        body: await openAsBlob(file),
        signal,
      });
      print({
        json,
        value: made,
        text: isNew
          ? `Imported ${made.name} (${made.quantization}, ${bytes(made.bytes)}) as ${short(made.digest)}.`
          : `${made.name} is in the catalogue already, with these very bytes (${short(made.digest)}).`,
      });
    });

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FlotillaError('invalid-input', `${file} cannot be read: ${reason}.`, {
      cause,
      details: { field: 'file' },
    });
  }
}
