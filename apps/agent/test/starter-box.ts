import { startForkedEngine } from '@flotilla/agent-serving';
import { starterModels } from '@flotilla/starter-models';
import { serveBox, type ServedBox } from './serve-box.ts';

/** Context of the service, in tokens. */
export const CONTEXT_TOKENS = 512;

/** The box API on a real port, over a real engine with the smallest starter model: what clients are driven against. */
export async function starterBox({ queueLimit = 16 }: { queueLimit?: number } = {}): Promise<
  ServedBox & { variant: string; digest: string }
> {
  const [model] = starterModels().filter(({ quantization }) => quantization === 'Q8_0');
  if (model === undefined) throw new TypeError('There is no starter model.');
  const { variant, sha256: digest, path: modelPath } = model;
  const box = await serveBox({
    startEngine: startForkedEngine,
    queueLimit,
    deployment: {
      id: 'one',
      service: 'assistant',
      variant,
      variantDigest: digest,
      defaults: { sampling: { temperature: 0 } },
      spec: {
        modelPath,
        modelDigest: digest,
        contextTokens: CONTEXT_TOKENS,
        sequences: 2,
        batchTokens: 64,
        threads: 1,
        gpu: 'off',
        kvCacheType: 'f16',
      },
    },
  });
  return { ...box, variant, digest };
}
