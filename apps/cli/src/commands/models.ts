import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command, Option } from '@commander-js/extra-typings';
import { FlotillaError, type ImportModelRequest, type Model } from '@flotilla/contracts';
import { allPages } from '../all-pages.ts';
import type { CliContext } from '../context.ts';
import { facts, table } from '../output/table.ts';
import { bytes, number, short } from '../output/words.ts';

export const modelsCommand = (context: CliContext) =>
  new Command('models')
    .description('The catalogue: models with their variants and adapters.')
    .addCommand(list(context))
    .addCommand(show(context))
    .addCommand(importFile(context));

const list = ({ client, print }: CliContext) =>
  new Command('list')
    .description('Lists models with their variants and adapters.')
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
  const variants = table(
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
  const adapters = models.flatMap((model) => model.adapters);
  return adapters.length === 0 ? variants : `${variants}\n\n${adaptersText(adapters)}`;
}

function adaptersText(adapters: Model['adapters']): string {
  return table(
    ['adapter', 'of', 'size', 'rank', 'licence', 'sha256'],
    adapters.map(({ name, modelId, bytes: size, facts: gguf, digest }) => [
      name,
      modelId,
      bytes(size),
      gguf.rank === undefined ? '-' : number(gguf.rank),
      gguf.licence ?? 'unknown',
      short(digest),
    ]),
  );
}

const show = ({ client, print }: CliContext) =>
  new Command('show')
    .description('Shows a model with what its files say of themselves.')
    .argument('<model>', 'its id')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  flotilla models show harbor-3.5m-r4')
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
          ...(model.adapters.length === 0 ? [] : [adaptersText(model.adapters)]),
        ].join('\n\n'),
      });
    });

const importFile = ({ client, print, note, signal }: CliContext) =>
  new Command('import')
    .description(
      'Brings a GGUF file into the catalogue, a variant of a model or an adapter (LoRA) for one: its header is read, its chunks are hashed, its bytes are stored.',
    )
    .argument('<file>', 'the GGUF file')
    .option('--model <id>', 'the model it is a variant of, such as qwen2.5-0.5b')
    .option('--variant <name>', 'its own name; default: the file name without .gguf, in lower case')
    .addOption(
      new Option(
        '--adapter-of <id>',
        'the model it is an adapter for; it must fit every variant of it',
      ).conflicts(['model', 'variant', 'title']),
    )
    .addOption(
      new Option('--adapter <name>', 'the name of the adapter; default: as for --variant').conflicts('model'),
    )
    .option('--title <text>', 'what people read; default: the name in the file')
    .option('--licence <name>', 'its licence; default: what the file says')
    .option('--sha256 <digest>', 'refuse the file unless its digest is this one')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      [
        '\nExamples:',
        '  flotilla models import qwen2.5-0.5b-instruct-q8_0.gguf \\',
        '    --model qwen2.5-0.5b --licence apache-2.0',
        '  flotilla models import shop-lora.gguf --adapter-of qwen2.5-0.5b',
      ].join('\n'),
    )
    .action(async (file, { model, variant, adapterOf, adapter, json, ...options }) => {
      const size = await sizeOf(file);
      const ownName = basename(file)
        .replace(/\.gguf$/i, '')
        .toLowerCase();
      const announce = async (named: ImportModelRequest): Promise<string> => {
        const request = { ...named, ...options };
        return (await (await client().api.v1.imports.$post({ json: request })).json()).id;
      };
      const send = async (importId: string) => {
        note(`Sending ${bytes(size)} ...`);
        return { importId, body: await openAsBlob(file), signal };
      };
      if (adapterOf !== undefined) {
        const importId = await announce({ modelId: adapterOf, adapter: adapter ?? ownName });
        const { adapter: made, isNew } = await client().putAdapterFile(await send(importId));
        const what = `adapter of ${made.modelId}, rank ${made.facts.rank}, ${bytes(made.bytes)}`;
        print({ json, value: made, text: importText({ ...made, what, isNew }) });
        return;
      }
      if (model === undefined) {
        throw new FlotillaError('invalid-input', 'Say what the file is.', {
          details: {
            field: 'model',
            fix: 'Add --model ID for a variant of a model, or --adapter-of ID for an adapter.',
          },
        });
      }
      const importId = await announce({ modelId: model, variant: variant ?? ownName });
      const { variant: made, isNew } = await client().putImportFile(await send(importId));
      const what = `${made.quantization}, ${bytes(made.bytes)}`;
      print({ json, value: made, text: importText({ ...made, what, isNew }) });
    });

function importText({
  name,
  digest,
  what,
  isNew,
}: {
  name: string;
  digest: string;
  what: string;
  isNew: boolean;
}): string {
  return isNew
    ? `Imported ${name} (${what}) as ${short(digest)}.`
    : `${name} is in the catalogue already, with these very bytes (${short(digest)}).`;
}

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
