import { existsSync, readFileSync } from 'node:fs';
import { CatalogueName, Sha256, Share } from '@flotilla/contracts';
import { z } from 'zod';
import { packageFile } from './package-folder.ts';
import { SUITE_NAMES } from './suites.ts';

const Tally = z.object({
  items: z.int(),
  correct: z.int(),
  accuracy: Share.describe('Exact matches out of all items.'),
  low: Share.describe("Lower end of Wilson's 95 % interval."),
  high: Share,
});

/** What one variant reached on one suite, measured through node-llama-cpp, greedy, without a grammar. */
export const SuiteScore = Tally.extend({
  variant: CatalogueName,
  suite: z.enum(SUITE_NAMES),
  bySkill: z.record(z.string(), Tally),
  byLanguage: z.record(z.string(), Tally),
  modelSha256: Sha256,
  suiteSha256: Sha256,
});
export type SuiteScore = z.infer<typeof SuiteScore>;

/** The measured scores of the family, as `scores.json` holds them; none before the first measurement. */
export function starterScores(): SuiteScore[] {
  const path = packageFile('scores.json');
  if (!existsSync(path)) return [];
  return z.array(SuiteScore).parse(JSON.parse(readFileSync(path, 'utf8')));
}
