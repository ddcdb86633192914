import type { Deployment } from '@flotilla/agent-serving';

/** Context of the service, in tokens. */
export const CONTEXT_TOKENS = 512;

/** The service `assistant` over a small model on one thread: greedy. `sequences`: requests at once, two by default. */
export function smallDeployment({
  variant,
  digest,
  modelPath,
  sequences = 2,
}: {
  variant: string;
  digest: string;
  modelPath: string;
  sequences?: number;
}): Deployment {
  return {
    id: 'one',
    service: 'assistant',
    variant,
    variantDigest: digest,
    defaults: { sampling: { temperature: 0 } },
    spec: {
      modelPath,
      modelDigest: digest,
      contextTokens: CONTEXT_TOKENS,
      sequences,
      batchTokens: 64,
      threads: 1,
      gpu: 'off',
      kvCacheType: 'f16',
    },
  };
}
