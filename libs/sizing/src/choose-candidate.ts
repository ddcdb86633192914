import type { Candidate, CandidateVerdict, Intent, Resolution } from '@flotilla/contracts';

import type { AllowedMemory } from './allowed-memory.ts';
import { judgeCandidate, type Assessment, type Choice } from './judge-candidate.ts';

export interface ChooseCandidateOptions {
  at: number;
  /** Digest of the release. */
  release: string;
  intent: Intent;
  /** In order of preference; one without an assessment is not looked at after a choice. */
  candidates: readonly { candidate: Candidate; assessment?: Assessment }[];
  allowed: AllowedMemory;
}

/**
 * The first candidate that fits, in the order of the release, and a sentence with numbers for each one.
 * A candidate without an assessment before a choice was made is still to be judged, and says so.
 */
export function chooseCandidate({ at, release, intent, candidates, allowed }: ChooseCandidateOptions): {
  resolution: Resolution;
  choice?: Choice;
} {
  let choice: Choice | undefined;
  const verdicts = candidates.map(({ candidate, assessment }): CandidateVerdict => {
    const about = { variant: candidate.variant, digest: candidate.digest };
    if (choice !== undefined) {
      return { ...about, verdict: 'not-tried', reason: `${choice.candidate.variant} comes first and fits.` };
    }
    if (assessment === undefined) return { ...about, verdict: 'not-tried', reason: 'Not judged yet.' };
    const judged = judgeCandidate({ candidate, assessment, intent, allowed });
    choice = judged.choice;
    return { ...about, ...judged.verdict };
  });
  const resolution: Resolution = { at, release, chosen: choice?.candidate.variant, candidates: verdicts };
  return { resolution, choice };
}
