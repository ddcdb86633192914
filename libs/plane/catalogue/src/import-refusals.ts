import { FlotillaError } from '@flotilla/contracts';
import { adapterMisfit, checkAdapter, isAdapter, type GgufHeader } from '@flotilla/sizing';
import { refuse } from './header-reading.ts';
import { checkLoadable } from './loadable/check-loadable.ts';
import { checkTensorLayout } from './loadable/check-tensor-layout.ts';

/** A file of the catalogue: a variant or an adapter. */
export interface NamedFile {
  name: string;
  modelId: string;
  digest: string;
}

/** What an import wants to call it. */
export type AskedFile = Omit<NamedFile, 'digest'> & { kind: 'variant' | 'adapter' };

/** Throws `already-exists` where what is there is another file, or the same one under another name. */
export function refuseOther({
  asked,
  digest,
  held,
}: {
  asked: AskedFile;
  digest: string;
  held: NamedFile;
}): void {
  const { kind, name, modelId } = asked;
  const there = `\`${held.name}\` of the model \`${held.modelId}\``;
  if (held.digest !== digest) {
    throw new FlotillaError(
      'already-exists',
      `The ${kind} name is taken: ${there} is another file (sha256 ${held.digest.slice(0, 12)}).`,
      { details: { field: kind, about: held.name, fix: `Give the new file another ${kind} name.` } },
    );
  }
  if (held.name === name && held.modelId === modelId) return;
  throw new FlotillaError('already-exists', `This very file is in the catalogue already: it is ${there}.`, {
    details: {
      field: held.name === name ? 'modelId' : kind,
      about: held.name,
      fix: `Use \`${held.name}\` in releases; a file has one name, so that a fleet pulls it once.`,
    },
  });
}

/** Facts as a schema read them. Throws `gguf-invalid` where it could not. */
export function stated<T>({ data }: { data?: T }): T {
  return data ?? refuse('its header states values that no model has');
}

/** Throws `gguf-invalid` where no agent could load this model. */
export function refuseUnloadable(header: GgufHeader): void {
  const useless = checkLoadable(header);
  if (useless === undefined) return;
  throw new FlotillaError('gguf-invalid', `No agent could load this GGUF: ${useless}.`, {
    details: {
      fix: isAdapter(header)
        ? 'Import it as what it is: `flotilla models import FILE --adapter-of MODEL`.'
        : 'Convert or download the model again, and check that it is a whole one.',
    },
  });
}

/** Throws `gguf-invalid` where no agent could apply this adapter, or not to every one of the bases. */
export function refuseUnfitting({
  adapter,
  modelId,
  bases,
}: {
  adapter: GgufHeader;
  modelId: string;
  bases: readonly { name: string; header: GgufHeader }[];
}): void {
  const useless = checkAdapter(adapter) ?? checkTensorLayout(adapter);
  if (useless !== undefined) {
    throw new FlotillaError('gguf-invalid', `No agent could apply this adapter: ${useless}.`, {
      details: { fix: 'Convert the LoRA again with llama.cpp’s convert_lora_to_gguf.py.' },
    });
  }
  for (const { name, header } of bases) {
    const misfit = adapterMisfit({ adapter, base: header });
    if (misfit === undefined) continue;
    throw new FlotillaError(
      'gguf-invalid',
      `The adapter does not fit \`${name}\` of ${modelId}: ${misfit}.`,
      {
        details: { field: 'modelId', about: name, fix: 'Name the model that the adapter was trained on.' },
      },
    );
  }
}
