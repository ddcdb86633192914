import type { Intent } from '@flotilla/contracts';

import type { EngineConfiguration, KvType } from './engine-configuration.ts';

/**
 * The engine's default, then a smaller batch, whose logits may outweigh the model at 512 tokens, then a q8_0 cache. The
 * batch comes first because it costs least: reading a prompt in parts of 128 took 3 % more processor time.
 */
type Step = { kvType: KvType; batchTokens: number };
const STEPS: readonly [Step, ...Step[]] = [
  { kvType: 'f16', batchTokens: 512 },
  { kvType: 'f16', batchTokens: 128 },
  { kvType: 'q8_0', batchTokens: 128 },
];

/**
 * Configurations to try for one candidate, best first: a batch of 128, then fewer parallel requests, then a q8_0 cache.
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
    ...steps.flatMap((step) =>
      [sequences, ...counts].map((count) => ({ contextTokens, sequences: count, ...step })),
    ),
  ];
}
