import { createReadStream } from 'node:fs';
import { isFlotillaError, releaseName } from '@flotilla/contracts';
import type { Catalogue, Releases } from '@flotilla/plane-catalogue';
import { starterModels, starterRelease } from '@flotilla/starter-models';

/**
 * Brings the models we trained into the catalogue, and once the release `assistant` made of them. Repeating it changes
 * nothing; a release of that service, whoever made it, is left alone.
 */
export async function bringStarterModels({
  catalogue,
  releases,
  onImported,
  onReleased,
}: {
  catalogue: Catalogue;
  releases: Releases;
  onImported: (variant: string) => void;
  onReleased: (release: string) => void;
}): Promise<void> {
  const models = starterModels();
  const names = new Map<string, string>();
  for (const { modelId, variant, sha256, licence, path } of models) {
    const held = await catalogue.findVariant(variant);
    // A variant never changes its bytes: one that was trained anew since keeps serving as it was imported.
    if (held !== undefined && held.digest !== sha256) continue;
    // Somebody imported the very file under a name of their own; a file has one name.
    const own = await catalogue.findVariantByDigest(sha256);
    if (own !== undefined && own.name !== variant) {
      names.set(variant, own.name);
      continue;
    }
    const { isNew } = await catalogue.importFile({
      source: createReadStream(path),
      modelId,
      variant,
      licence,
      sha256,
      origin: 'starter',
    });
    if (isNew) onImported(variant);
  }
  if (models.length === 0) return;
  const spec = starterRelease();
  const existing = await releases.get(spec.service).catch((error: unknown) => {
    if (isFlotillaError(error) && error.code === 'not-found') return undefined;
    throw error;
  });
  if (existing !== undefined) return;
  const candidates = spec.candidates.map((name) => names.get(name) ?? name);
  const { release } = await releases.create({ ...spec, candidates }, 'flotilla');
  onReleased(releaseName(release));
}
