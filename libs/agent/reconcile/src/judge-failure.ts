import type { ProblemCode } from '@flotilla/contracts';
import type { Step, StepKind } from './step.ts';

/**
 * `retry` the same again later · `fail-engine` this variant cannot run here: see `afterLadder` ·
 * `fail-release` this release is not tried again on this box.
 */
export type FailureVerdict = 'retry' | 'fail-engine' | 'fail-release';

/** How often an engine may fail in a way that might pass before its variant counts as failed. */
export const ENGINE_ATTEMPTS = 3;

/** Codes that say that the bytes which were signed or named are wrong: the same ones will be wrong again. */
const WRONG_CONTENT: ReadonlySet<ProblemCode> = new Set([
  'signature-invalid',
  'too-large',
  'gguf-invalid',
  'golden-prompt-failed',
  'context-length-exceeded',
]);

/** How often a whole file may come out wrong, each time fetched anew, before its release counts as failed. */
export const DIGEST_ATTEMPTS = 2;

const ENGINE_STEPS: ReadonlySet<StepKind> = new Set(['load-model', 'check-golden', 'switch-traffic']);

/**
 * What a failed step means for its release. The network, the disk and the control plane may come back, so whatever
 * concerns them is tried again for ever; what concerns the release itself fails it, and what concerns an engine fails
 * the variant that it ran.
 *
 * @param input.attempts how often this step failed for this release, this time included.
 */
export function judgeFailure({
  step,
  code,
  retryable,
  attempts,
}: {
  step: Step;
  code: ProblemCode;
  retryable: boolean;
  attempts: number;
}): FailureVerdict {
  // Memory that is short at this moment is not the release's fault.
  if (code === 'did-not-fit' && retryable) return 'retry';
  if (WRONG_CONTENT.has(code)) return 'fail-release';
  if (code === 'load-failed') return 'fail-engine';
  if (step.kind === 'verify-model' && code === 'digest-mismatch') {
    return attempts >= DIGEST_ATTEMPTS ? 'fail-release' : 'retry';
  }
  if (!ENGINE_STEPS.has(step.kind)) return 'retry';
  return retryable && attempts < ENGINE_ATTEMPTS ? 'retry' : 'fail-engine';
}
