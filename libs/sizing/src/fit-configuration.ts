import type { ConfiguredNeed } from './engine-configuration.ts';

/**
 * The configuration in which a model that takes turns with others is opened: the first that fits beside them, so that
 * nobody has to sleep for it, else the first that fits in their place. Undefined where none does.
 */
export function fitConfiguration({
  needs,
  besideBytes,
  aloneBytes,
}: {
  /** Best first. */
  needs: readonly ConfiguredNeed[];
  /** What the others leave while all of them are loaded. */
  besideBytes: number;
  /** What is left while every other one that may sleep does. */
  aloneBytes: number;
}): ConfiguredNeed | undefined {
  const within = (bytes: number): ConfiguredNeed | undefined =>
    needs.find(({ need }) => need.totalBytes <= bytes);
  return within(besideBytes) ?? within(aloneBytes);
}
