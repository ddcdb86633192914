import type { Intent } from '@flotilla/contracts';

import type { EngineConfiguration, KvType } from './engine-configuration.ts';

/** The engine's default, and the step down that small boxes need: the logits of 512 tokens may outweigh the model. */
type Step = { kvType: KvType; batchTokens: number };
const STEPS: readonly [Step, ...Step[]] = [
  { kvType: 'f16', batchTokens: 512 },
  { kvType: 'q8_0', batchTokens: 512 },
  { kvType: 'q8_0', batchTokens: 128 },
];

/**
 * Configurations to try for one candidate, best first: fewer parallel requests, then a q8_0 cache, then a batch of 128.
 * The context is the intent's in all of them: an app that was promised it must get it.
 */
export function configurationLadder(
  intent: Pick<Intent, 'contextTokens' | 'sequences'>,
): [EngineConfiguration, ...EngineConfiguration[]] {
  const { contextTokens, sequences } = intent;
  const counts: number[] = [];
  for (let count = Math.floor(sequences / 2); count >= 1; count = Math.floor(count / 2)) counts.push(count);
  const [first, ...steps] = STEPS;
  return [
    { contextTokens, sequences, ...first },
    ...counts.map((count) => ({ contextTokens, sequences: count, ...first })),
    ...steps.flatMap((step) =>
      [sequences, ...counts].map((count) => ({ contextTokens, sequences: count, ...step })),
    ),
  ];
}
