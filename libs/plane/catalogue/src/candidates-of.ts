import type { Candidate, CandidateAdapter, ReleaseAdapter, ReleaseSpec } from '@flotilla/contracts';
import { FlotillaError } from '@flotilla/contracts';
import type { Catalogue } from './catalogue.ts';

export type CandidateSources = Pick<Catalogue, 'findVariant' | 'findAdapter' | 'adapterMisfit'>;

/**
 * What a specification names, as the release will: every candidate by its digests, with the adapter of its model.
 * Throws `invalid-input` with the field that cannot be.
 */
export async function candidatesOf({
  spec,
  catalogue,
}: {
  spec: Pick<ReleaseSpec, 'candidates' | 'adapters'>;
  catalogue: CandidateSources;
}): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const [index, name] of spec.candidates.entries()) {
    const field = `candidates[${index}]`;
    const variant = await catalogue.findVariant(name);
    if (variant === undefined) {
      throw invalid(field, name, `there is no variant \`${name}\` in the catalogue`, {
        fix: 'Import it first, or name one that `models list` shows.',
      });
    }
    if (candidates.some((c) => c.digest === variant.digest)) {
      throw invalid(field, name, `\`${name}\` is named twice`);
    }
    const { digest, modelId, manifestDigest, bytes, quantization, facts } = variant;
    candidates.push({ variant: name, modelId, digest, manifestDigest, bytes, quantization, facts });
  }
  if (spec.adapters === undefined) return candidates;
  return withAdapters({ candidates, adapters: spec.adapters, catalogue });
}

/** Each candidate with the adapter of its model. */
async function withAdapters({
  candidates,
  adapters,
  catalogue,
}: {
  candidates: readonly Candidate[];
  adapters: readonly ReleaseAdapter[];
  catalogue: CandidateSources;
}): Promise<Candidate[]> {
  const byModel = new Map<string, CandidateAdapter>();
  for (const [index, { name, scale }] of adapters.entries()) {
    const field = `adapters[${index}].name`;
    const adapter = await catalogue.findAdapter(name);
    if (adapter === undefined) {
      throw invalid(field, name, `there is no adapter \`${name}\` in the catalogue`, {
        fix: 'Import it first with `models import FILE --adapter-of MODEL`, or name one that `models list` shows.',
      });
    }
    const { modelId, digest, manifestDigest, bytes } = adapter;
    const other = byModel.get(modelId)?.name;
    if (other !== undefined) {
      throw invalid(field, name, `\`${other}\` is an adapter of ${modelId} too, and a model takes one`);
    }
    if (!candidates.some((candidate) => candidate.modelId === modelId)) {
      throw invalid(field, name, `it is an adapter of ${modelId}, which no candidate is a variant of`);
    }
    byModel.set(modelId, { name, digest, manifestDigest, bytes, scale });
  }
  const adapted: Candidate[] = [];
  for (const [index, candidate] of candidates.entries()) {
    const field = `candidates[${index}]`;
    const { variant, modelId } = candidate;
    const adapter = byModel.get(modelId);
    if (adapter === undefined) {
      throw invalid(field, variant, `the release names no adapter of ${modelId}`, {
        fix: 'Name one under `adapters`, or leave the candidate out: a service is the same on every device.',
      });
    }
    const misfit = await catalogue.adapterMisfit({ adapter, variant: candidate });
    if (misfit !== undefined) {
      throw invalid(field, variant, `the adapter \`${adapter.name}\` does not fit it: ${misfit}`);
    }
    adapted.push({ ...candidate, adapter });
  }
  return adapted;
}

function invalid(field: string, about: string, reason: string, more: { fix?: string } = {}): FlotillaError {
  return new FlotillaError('invalid-input', `${field}: ${reason}.`, { details: { field, about, ...more } });
}
